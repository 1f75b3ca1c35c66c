// Damaged copies of a file, each made from a seed: the same number gives the same damage.
#pragma once

#include <cstdint>
#include <vector>

namespace symline::fuzz {

/// A copy of `image`, an ELF file, with one to four changes: bytes flipped, the end cut off, blocks
/// moved or filled, header fields and numbers in debug sections set to sizes that no file has.
std::vector<std::uint8_t> damaged(const std::vector<std::uint8_t>& image, std::uint64_t seed);

}  // namespace symline::fuzz
