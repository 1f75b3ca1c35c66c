// What packages were unpacked into the cache: a folder for each package.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace symline::find {

struct UnpackedPackage {
    std::string path;  ///< of the folder
    std::uint64_t size = 0;
    std::chrono::system_clock::time_point last_used;
};

/// By its name.
bool is_package(std::string_view path);

/// The folders below `cache` that have a package's name, the one that was used last first. A
/// missing cache has none.
std::vector<UnpackedPackage> unpacked_packages(const std::string& cache);

/// Removes what was not used for longer than `age`, then what was used longest ago until the rest
/// takes no more than `bytes`. Returns what was removed.
std::vector<UnpackedPackage> prune_packages(const std::string& cache, std::uint64_t bytes,
                                            std::chrono::seconds age);

}  // namespace symline::find
