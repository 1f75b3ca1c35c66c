// The files and folders that a command line names, looked at before anything is printed: one that
// cannot be used would be passed over, and the answers would silently come from elsewhere.
#pragma once

#include <string>
#include <vector>

#include "symline/debug_files.h"

namespace symline::tools {

enum class PathKind { file, folder, file_or_folder };

struct NamedPath {
    std::string path;
    PathKind kind = PathKind::file;
};

/// "'PATH': why it cannot be used"; empty when it can. Only a regular file is one: a FIFO would be
/// waited for.
std::string problem_with(const NamedPath& named);

/// Those of --debug-file, --debug-dir, --debug-package and --sysroot, added to `named`.
void add_places(const DebugFileOptions& places, std::vector<NamedPath>& named);

void add_folders(const std::vector<std::string>& paths, std::vector<NamedPath>& named);

/// The first problem.
std::string first_problem(const std::vector<NamedPath>& named);

}  // namespace symline::tools
