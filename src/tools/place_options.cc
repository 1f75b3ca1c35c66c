#include "tools/place_options.h"

#include <CLI/CLI.hpp>

namespace symline::tools {

void add_place_options(CLI::App& app, DebugFileOptions& places) {
    const auto each = [&](const char* name, auto& into, const char* kind, const char* what) {
        app.add_option(name, into, what)->type_name(kind)->allow_extra_args(false);
    };
    each("--debug-file", places.debug_files, "FILE",
         "use FILE where it is the debug file of what is asked for");
    each("--debug-dir", places.debug_directories, "DIR",
         "look for debug files below DIR instead of /usr/lib/debug");
    each("--debug-package", places.packages, "FILE",
         "look into a .deb or .rpm that is not installed, or a folder of them");
    each("--sysroot", places.sysroot, "DIR", "look for all files below DIR");
}

}  // namespace symline::tools
