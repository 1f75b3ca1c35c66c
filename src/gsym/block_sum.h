// The checksum of a block of an index. A lookup waits for the checksum of each block that it
// is the first to read, so it must cost no more than fetching the block from memory: CRC-32 takes
// twice as long.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace symline::gsym {

/// Like Fletcher's checksum: a sum of the words, and a sum of the intermediate sums, which depends
/// on their order; of 64 bits and in four lanes. A change of one word changes both sums of its
/// lane.
std::uint32_t block_sum(base::Bytes block);

/// The same sums of bytes of any size, with more left of them: what identifies a whole file.
std::array<std::uint64_t, 2> wide_sum(base::Bytes bytes);

}  // namespace symline::gsym
