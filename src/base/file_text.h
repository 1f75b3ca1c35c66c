// All bytes of a small file, which may be one of /proc or /sys.
//
// std::ifstream would bring in locales, which are initialised at every start of a program.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>

namespace symline::base {

/// The first `max` bytes of a regular file; nothing when it is none, or cannot be read.
std::optional<std::string> read_file_text(
    const std::string& path, std::size_t max = std::numeric_limits<std::size_t>::max());

/// The same, where a file that cannot be read is as good as an empty one.
inline std::string file_text(const std::string& path,
                             std::size_t max = std::numeric_limits<std::size_t>::max()) {
    return read_file_text(path, max).value_or(std::string());
}

/// The next `max` bytes of a descriptor; nothing when it cannot be read.
std::optional<std::string> read_rest(int descriptor, std::size_t max);

}  // namespace symline::base
