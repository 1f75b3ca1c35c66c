#include "tools/debug_file_places.h"

#include <utility>

namespace symline::tools {

DebugFileOptions unread_debug_file_options(IndexUse index) {
    DebugFileOptions options;
    options.debug_directories.clear();
    options.index = index;
    return options;
}

std::shared_ptr<DebugFiles> open_debug_files(DebugFileOptions typed, FetchSession& fetches) {
    typed.fetch = fetches.options();
    while (typed.sysroot.ends_with('/')) typed.sysroot.pop_back();
    if (typed.debug_directories.empty() || !typed.sysroot.empty()) {
        typed.debug_directories.push_back(typed.sysroot + "/usr/lib/debug");
    }
    return std::make_shared<DebugFiles>(std::move(typed));
}

}  // namespace symline::tools
