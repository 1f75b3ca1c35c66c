// Where indexes are kept: one file for each build id, or for the path of a file without one, in a
// folder of the user's cache.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "symline/build_id.h"
#include "symline/error.h"

namespace symline::gsym {

/// `$XDG_CACHE_HOME/symline`, or `~/.cache/symline`; empty where neither variable is set.
std::string default_directory();

/// `DIRECTORY/NAME`
std::string path_in(const std::string& directory, std::string_view name);

/// Notes, once a day, that a file is used: prune() goes by that.
void note_use(const std::string& path);

struct StoredIndex {
    std::string path;
    std::uint64_t size = 0;
    std::chrono::system_clock::time_point last_used;
};

/// The indexes in a folder, the one that was used last first. A missing folder has none. Errors:
/// unreadable.
Expected<std::vector<StoredIndex>> list(const std::string& directory);

/// What may stay.
struct Limits {
    std::uint64_t bytes = std::uint64_t{2} << 30;
    std::chrono::seconds age = std::chrono::seconds::max();  ///< since the last use
};

/// Removes what was not used for too long, then what was used longest ago until the rest is small
/// enough; and what remains of writers that were killed. Returns what was removed.
Expected<std::vector<StoredIndex>> prune(const std::string& directory, const Limits& limits);

}  // namespace symline::gsym
