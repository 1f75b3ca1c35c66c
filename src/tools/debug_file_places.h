// Where the programs look for debug files: their options as the library takes them.
#pragma once

#include <string>
#include <vector>

#include "symline/debug_files.h"
#include "tools/index_choice.h"

namespace symline::tools {

/// As typed: --debug-file, --debug-dir, --sysroot, --debug-package.
struct DebugFilePlaces {
    std::vector<std::string> debug_files;
    std::vector<std::string> debug_directories;
    std::string sysroot;
    std::vector<std::string> packages;
    IndexUse index = index_use_of_environment();
};

/// The sysroot's own /usr/lib/debug is searched too; this machine's unless directories are given.
DebugFileOptions debug_file_options(DebugFilePlaces places);

}  // namespace symline::tools
