// Where the programs look for debug files: the library's options, as a command line fills them in.
#pragma once

#include <memory>

#include "symline/debug_files.h"
#include "tools/fetch_session.h"
#include "tools/index_choice.h"

namespace symline::tools {

/// What a command line (--debug-file, --debug-dir, --sysroot, --debug-package, --index) is read
/// into: no directory yet. `index` is IndexUse::never for programs that have to see the debug files
/// themselves.
DebugFileOptions unread_debug_file_options(IndexUse index = index_use_of_environment());

/// `typed` with what the programs add to it: the sysroot's own /usr/lib/debug is searched too, and
/// this machine's unless directories are given. What is not there is fetched as `fetches`, which
/// must outlive the result, has it.
std::shared_ptr<DebugFiles> open_debug_files(DebugFileOptions typed, FetchSession& fetches);

}  // namespace symline::tools
