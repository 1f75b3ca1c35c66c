// Finders that know where files lie on disk.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "find/finder.h"
#include "find/kernel_layout.h"

namespace symline::find {

/// "explicit path": the files themselves, for whatever they are the debug file of.
std::unique_ptr<ListedFinder> explicit_files(std::vector<std::string> paths);

/// "build-id tree": DIR/.build-id/xx/rest.debug, and without ".debug" for the code.
std::unique_ptr<ListedFinder> build_id_tree(std::vector<std::string> directories,
                                            std::string sysroot);

/// "debug link": .gnu_debuglink beside the file, in .debug/, and below each directory.
std::unique_ptr<ListedFinder> debug_link_finder(std::vector<std::string> directories,
                                                std::string sysroot);

/// "release layout": vmlinux and modules where distributions keep them (find/kernel_layout.h).
std::unique_ptr<ListedFinder> kernel_layouts(KernelFolders folders);

}  // namespace symline::find
