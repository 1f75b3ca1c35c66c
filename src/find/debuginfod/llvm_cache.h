// The cache of LLVM's debuginfod clients (llvm-symbolizer, llvm-debuginfod-find): files by a hash
// of the question that a server was asked. It is read, never written.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "find/finder.h"
#include "symline/build_id.h"

namespace symline::find {

/// $DEBUGINFOD_CACHE_PATH; else llvm-debuginfod/client in $XDG_CACHE_HOME or ~/.cache. Need not
/// exist.
std::string llvm_cache_folder();

/// Where a "debuginfo" or "executable" stands (llvmcache-KEY; LLVM 19.1.7).
std::string llvm_cache_path(std::string_view folder, const BuildId& build_id,
                            std::string_view name);

/// Offers what is in that folder.
std::unique_ptr<ListedFinder> llvm_cache_finder(std::string folder);

}  // namespace symline::find
