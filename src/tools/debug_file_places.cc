#include "tools/debug_file_places.h"

#include <utility>

namespace symline::tools {

std::shared_ptr<DebugFiles> open_debug_files(DebugFilePlaces places, FetchSession& fetches) {
    DebugFileOptions options;
    options.fetch = fetches.options();
    options.index = places.index;
    options.index_directory = std::move(places.index_directory);
    options.debug_files = std::move(places.debug_files);
    options.packages = std::move(places.packages);
    options.sysroot = std::move(places.sysroot);
    while (options.sysroot.ends_with('/')) options.sysroot.pop_back();
    options.debug_directories = std::move(places.debug_directories);
    if (options.debug_directories.empty() || !options.sysroot.empty()) {
        options.debug_directories.push_back(options.sysroot + "/usr/lib/debug");
    }
    return std::make_shared<DebugFiles>(std::move(options));
}

}  // namespace symline::tools
