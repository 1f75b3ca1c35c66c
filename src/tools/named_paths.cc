#include "tools/named_paths.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace symline::tools {
namespace {

/// As is_usable_vmlinux() words it.
const char* reason_against(const std::string& path, PathKind kind) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return std::strerror(errno);
    const bool folder = S_ISDIR(status.st_mode);
    if (folder && kind == PathKind::file) return "is a directory";
    if (!folder && kind == PathKind::folder) return "is not a directory";
    if (!folder && !S_ISREG(status.st_mode)) return "not a regular file";
    // What is in a folder is opened by name, or listed.
    if (::access(path.c_str(), folder ? X_OK : R_OK) != 0) return std::strerror(errno);
    return nullptr;
}

}  // namespace

std::string problem_with(const NamedPath& named) {
    const char* const reason = reason_against(named.path, named.kind);
    return reason == nullptr ? std::string() : "'" + named.path + "': " + reason;
}

void add_places(const DebugFileOptions& places, std::vector<NamedPath>& named) {
    for (const auto& path : places.debug_files) named.push_back({path, PathKind::file});
    add_folders(places.debug_directories, named);
    for (const auto& path : places.packages) named.push_back({path, PathKind::file_or_folder});
    if (!places.sysroot.empty()) named.push_back({places.sysroot, PathKind::folder});
}

void add_folders(const std::vector<std::string>& paths, std::vector<NamedPath>& named) {
    for (const auto& path : paths) named.push_back({path, PathKind::folder});
}

std::string first_problem(const std::vector<NamedPath>& named) {
    for (const NamedPath& each : named) {
        if (auto problem = problem_with(each); !problem.empty()) return problem;
    }
    return {};
}

}  // namespace symline::tools
