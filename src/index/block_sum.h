// The check sum of a block of an index. Every lookup waits for those of the blocks that it reads,
// so it must cost no more than fetching the block from memory: CRC-32 takes twice as long.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "elf/bytes.h"

namespace symline::index {

/// As Fletcher's: a sum of the words, and a sum of those sums as they grow, which says where a word
/// stands; of 64 bits and in four lanes. A change of one word changes both of its lane's.
inline std::uint32_t block_sum(elf::Bytes block) {
    constexpr std::size_t kLanes = 4;
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
    std::array<std::uint64_t, kLanes> sums{1, 2, 3, 4}, weighted{};
    const auto add = [&](const std::uint8_t* at) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            sums[lane] += elf::load<std::uint64_t>(at + lane * kWord, false);
            weighted[lane] += sums[lane];
        }
    };
    constexpr std::size_t kStep = kLanes * kWord;
    const std::size_t whole = block.size() / kStep * kStep;
    for (std::size_t at = 0; at < whole; at += kStep) add(block.data() + at);
    std::array<std::uint8_t, kStep> rest{};
    if (whole < block.size()) {
        std::memcpy(rest.data(), block.data() + whole, block.size() - whole);
        add(rest.data());
    }
    std::uint64_t mixed = block.size();
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        for (const std::uint64_t word : {sums[lane], weighted[lane]}) {
            mixed = (mixed ^ word) * kOdd;
            mixed ^= mixed >> 32U;
        }
    }
    return static_cast<std::uint32_t>(mixed * kOdd >> 32U);
}

}  // namespace symline::index
