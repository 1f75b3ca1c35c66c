// The check sum of a block of an index. Every lookup waits for those of the blocks that it reads,
// so it must cost no more than fetching the block from memory: CRC-32 takes twice as long.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace symline::gsym {

/// As Fletcher's: a sum of the words, and a sum of those sums as they grow, which says where a word
/// stands; of 64 bits and in four lanes. A change of one word changes both of its lane's.
std::uint32_t block_sum(base::Bytes block);

}  // namespace symline::gsym
