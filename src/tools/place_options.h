// --debug-file, --debug-dir, --debug-package and --sysroot on a command line that CLI11 reads.
#pragma once

#include "tools/debug_file_places.h"

namespace CLI {
class App;
}

namespace symline::tools {

/// `places` must live until the command line has been read.
void add_place_options(CLI::App& app, DebugFileOptions& places);

}  // namespace symline::tools
