// The source paths of a GSYM file, each joined when it is first asked for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <string_view>
#include <vector>

#include "gsym/gsym_file.h"
#include "symline/frame.h"

namespace symline::gsym {

class PathTable {
public:
    /// Sets the file of a location; 0 is none. Damage is noted in `gsym`, which is the same one
    /// every time. The path is valid as long as this table is, also when it is moved.
    void set_file(GsymFile& gsym, std::uint32_t file, SourceLocation& location);

private:
    struct Path {
        std::string_view text;
        std::uint32_t prefix = 0;
        bool read = false;
    };
    static constexpr std::size_t kPathsTogether = 32;
    using Paths = std::array<Path, kPathsTogether>;

    void read_path(GsymFile& gsym, std::uint32_t file, Path& path);

    std::vector<std::unique_ptr<Paths>> paths_;  ///< by file
    std::unique_ptr<std::pmr::monotonic_buffer_resource> joined_ =
        std::make_unique<std::pmr::monotonic_buffer_resource>();  ///< paths of two parts
};

}  // namespace symline::gsym
