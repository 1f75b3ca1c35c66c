#include "gsym/index_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "base/atomic_file.h"

namespace symline::gsym {
namespace {

using std::chrono::system_clock;

constexpr std::string_view kSuffix = ".gsym";

Error system_error(const std::string& path) {
    return {ErrorCode::unreadable, path, std::strerror(errno)};
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::optional<StoredIndex> stored_at(std::string path) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return StoredIndex{std::move(path), static_cast<std::uint64_t>(status.st_size),
                       system_clock::from_time_t(status.st_mtime)};
}

/// The regular files of a folder whose names are such that `wanted(name)`.
template <typename Wanted>
Expected<std::vector<StoredIndex>> files_in(const std::string& directory, Wanted wanted) {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(directory.c_str()), ::closedir);
    if (folder == nullptr) {
        if (errno == ENOENT) return {};
        return std::unexpected(system_error(directory));
    }
    std::vector<StoredIndex> found;
    while (const dirent* entry = ::readdir(folder.get())) {
        if (!wanted(std::string_view(entry->d_name))) continue;
        if (auto stored = stored_at(directory + "/" + entry->d_name)) found.push_back(*stored);
    }
    return found;
}

}  // namespace

std::string default_directory() {
    // The XDG base directory specification: relative paths are to be ignored.
    if (const auto cache = environment("XDG_CACHE_HOME"); cache.starts_with('/')) {
        return cache + "/symline";
    }
    const auto home = environment("HOME");
    return home.empty() ? std::string() : home + "/.cache/symline";
}

std::string path_in(const std::string& directory, std::string_view name) {
    return directory + "/" + std::string(name);
}

void note_use(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return;
    constexpr std::time_t kDay = std::time_t{24} * 60 * 60;
    if (std::time(nullptr) - status.st_mtime > kDay)
        ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
}

Expected<std::vector<StoredIndex>> list(const std::string& directory) {
    auto found = files_in(directory, [](std::string_view name) { return name.ends_with(kSuffix); });
    if (found) std::ranges::sort(*found, std::greater{}, &StoredIndex::last_used);
    return found;
}

Expected<std::vector<StoredIndex>> prune(const std::string& directory, const Limits& limits) {
    auto kept = list(directory);
    if (!kept) return kept;
    const auto now = system_clock::now();
    std::vector<StoredIndex> removed;
    std::uint64_t size = 0;
    for (const StoredIndex& each : *kept) {
        const bool old =
            limits.age != std::chrono::seconds::max() && now - each.last_used > limits.age;
        if (!old && each.size <= limits.bytes - std::min(limits.bytes, size)) {
            size += each.size;
        } else if (::unlink(each.path.c_str()) == 0) {
            removed.push_back(each);
        }
    }
    const auto unfinished =
        files_in(directory, [](std::string_view name) { return name.contains(base::kUnfinished); });
    constexpr std::chrono::hours kMaxWriting{1};
    for (const StoredIndex& each : unfinished.value_or(std::vector<StoredIndex>{})) {
        if (now - each.last_used > kMaxWriting) ::unlink(each.path.c_str());
    }
    return removed;
}

}  // namespace symline::gsym
