// In what two answers to one address differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "symline/frame.h"

namespace symline::verify {

enum class Field : std::uint8_t {
    depth,  ///< how many frames there are
    name,
    file,
    line,
    column,
    discriminator,
    start,        ///< of the function, or of its inlined copy
    declaration,  ///< file and line
};

/// "depth", "name", ...
std::string_view name_of(Field field);

/// How much of a frame a reader tells.
enum class FrameParts : std::uint8_t {
    place,  ///< name, file and line
    all,
};

struct Difference {
    Field field = Field::depth;
    std::size_t frame = 0;  ///< from the innermost, 0
    std::string ours, theirs;
};

/// Every field of every frame; of answers of another depth, that and the innermost frame. What
/// `theirs` leaves open beside a place (column 0, no start, no declaration) is no difference.
std::vector<Difference> differences(const Lookup& ours, const Lookup& theirs, FrameParts parts);

}  // namespace symline::verify
