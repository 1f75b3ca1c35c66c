#include "find/debuginfod/debuginfod_cache.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/text.h"

namespace symline::find {
namespace {

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

/// Nothing where there is no regular file.
std::optional<std::uint64_t> size_of(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

std::string debuginfod_cache_folder() {
    if (auto folder = environment("DEBUGINFOD_CACHE_PATH"); !folder.empty()) return folder;
    const std::string home = std::getenv("HOME") == nullptr ? "/" : environment("HOME");
    auto old = home + "/.debuginfod_client_cache";
    struct stat status{};
    if (::stat(old.c_str(), &status) == 0) return old;
    auto parent = environment("XDG_CACHE_HOME");
    if (parent.empty()) parent = home + "/.cache";
    return parent + "/debuginfod_client";
}

std::string debuginfod_cache_path(std::string_view folder, const BuildId& build_id,
                                  std::string_view name) {
    std::string path(folder);
    return base::append(path, {"/", build_id.hex(), "/", name});
}

bool is_in_cache(const std::string& path) {
    return size_of(path).value_or(0) != 0;
}

bool is_remembered_miss(const std::string& path) {
    return size_of(path) == 0;
}

void remove_from_cache(const std::string& path) {
    ::unlink(path.c_str());
    // Fails, as it should, when the folder is not empty.
    ::rmdir(std::filesystem::path(path).parent_path().c_str());
}

}  // namespace symline::find
