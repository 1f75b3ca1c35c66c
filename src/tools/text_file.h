// Whole text files, also those of /proc, which have no size.
#pragma once

#include <optional>
#include <string>

namespace symline::tools {

/// Up to 256 MB of a file; nothing when it cannot be read.
std::optional<std::string> read_text_file(const std::string& path);

}  // namespace symline::tools
