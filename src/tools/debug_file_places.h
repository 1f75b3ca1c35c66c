// Where the programs look for debug files: from their options to the library's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "symline/debug_files.h"
#include "tools/fetch_session.h"
#include "tools/index_choice.h"

namespace symline::tools {

/// As typed: --debug-file, --debug-dir, --sysroot, --debug-package.
struct DebugFilePlaces {
    std::vector<std::string> debug_files;
    std::vector<std::string> debug_directories;
    std::string sysroot;
    std::vector<std::string> packages;
    IndexUse index = index_use_of_environment();
    std::string index_directory;  ///< empty: the user's cache
};

/// For what has to see the debug files themselves.
inline DebugFilePlaces without_index() {
    DebugFilePlaces places;
    places.index = IndexUse::never;
    return places;
}

/// The sysroot's own /usr/lib/debug is searched too; this machine's unless directories are given.
/// What is not there is fetched as `fetches`, which must outlive the result, has it.
std::shared_ptr<DebugFiles> open_debug_files(DebugFilePlaces places, FetchSession& fetches);

}  // namespace symline::tools
