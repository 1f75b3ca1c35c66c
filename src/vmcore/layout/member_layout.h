// The place of one member in a structure.
#pragma once

#include <cstdint>

namespace symline::vmcore {

struct MemberLayout {
    std::uint64_t offset = 0;  ///< in bytes, from the start of the outermost structure
    /// Of its type, or of the bytes that have a part of a bit field; 0: not known.
    std::uint64_t size = 0;
    /// Of a bit field: from the least significant bit of the number of `size` bytes at `offset`.
    std::uint32_t bit_offset = 0;
    std::uint32_t bit_size = 0;  ///< 0: not a bit field
};

}  // namespace symline::vmcore
