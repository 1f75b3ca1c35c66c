#include "find/package/package_cache.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>

namespace symline::find {
namespace {

namespace fs = std::filesystem;
using std::chrono::system_clock;

/// "NAME.deb-SIZE-TIME-PATH", the last three in hexadecimal: see folder_of() in package.cc. What
/// else is there is not ours to remove.
bool is_of_package(std::string_view name) {
    for (int parts = 0; parts < 3; ++parts) {
        const auto dash = name.rfind('-');
        const auto digits = dash == std::string_view::npos ? "" : name.substr(dash + 1);
        if (digits.empty() || digits.find_first_not_of("0123456789abcdef") != digits.npos) {
            return false;
        }
        name = name.substr(0, dash);
    }
    return is_package(name);
}

/// No symbolic link is followed.
std::optional<UnpackedPackage> unpacked_at(const fs::path& folder) {
    struct stat status{};
    if (!is_of_package(folder.filename().native())) return std::nullopt;
    if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return std::nullopt;
    UnpackedPackage found{.path = folder.native(), .size = 0, .last_used = {}};
    std::time_t last = status.st_mtime;
    std::error_code failure;
    for (fs::recursive_directory_iterator at(folder, failure), end; !failure && at != end;
         at.increment(failure)) {
        if (::lstat(at->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
        // What it takes: a file may have holes.
        found.size += static_cast<std::uint64_t>(status.st_blocks) * 512;
        last = std::max({last, status.st_mtime, status.st_atime});
    }
    found.last_used = system_clock::from_time_t(last);
    return found;
}

}  // namespace

bool is_package(std::string_view path) {
    return path.ends_with(".deb") || path.ends_with(".ddeb") || path.ends_with(".rpm");
}

std::vector<UnpackedPackage> unpacked_packages(const std::string& cache) {
    std::vector<UnpackedPackage> found;
    std::error_code failure;
    for (fs::directory_iterator at(cache, failure), end; !failure && at != end;
         at.increment(failure)) {
        if (auto package = unpacked_at(at->path())) found.push_back(std::move(*package));
    }
    std::ranges::sort(found, std::greater{}, &UnpackedPackage::last_used);
    return found;
}

std::vector<UnpackedPackage> prune_packages(const std::string& cache, std::uint64_t bytes,
                                            std::chrono::seconds age) {
    const auto now = system_clock::now();
    std::vector<UnpackedPackage> removed;
    std::uint64_t size = 0;
    for (UnpackedPackage& each : unpacked_packages(cache)) {
        const bool old = age != std::chrono::seconds::max() && now - each.last_used > age;
        if (!old && each.size <= bytes - std::min(bytes, size)) {
            size += each.size;
            continue;
        }
        std::error_code failure;
        fs::remove_all(each.path, failure);
        if (!failure) removed.push_back(std::move(each));
    }
    return removed;
}

}  // namespace symline::find
