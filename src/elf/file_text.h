// All bytes of a small file, also of one that the system makes when it is read (/proc, /sys).
//
// Instead of std::ifstream: streams bring locales along, which every start of a program prepares.
#pragma once

#include <cstddef>
#include <limits>
#include <string>

namespace symline::elf {

/// Empty when the file cannot be read; not more than the first `most` bytes of it.
std::string file_text(const std::string& path,
                      std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace symline::elf
