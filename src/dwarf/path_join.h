// A source path from the parts that a line table gives.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dwarf/line_header.h"

namespace symline::dwarf {

struct JoinedPath {
    std::string text;
    std::uint32_t compilation_directory_size = 0;  ///< see SourceLocation
};

/// Joins directory and name, with the compilation directory in front where they are relative to it
/// (DWARF 5 section 6.2.4, include_directories). Nothing is normalised: "." and ".." stay.
JoinedPath join_path(const FileEntry& entry, std::string_view compilation_directory);

}  // namespace symline::dwarf
