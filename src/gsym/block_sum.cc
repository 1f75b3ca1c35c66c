#include "gsym/block_sum.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace symline::gsym {
namespace {

[[gnu::always_inline]] inline std::uint32_t sum(base::Bytes block) {
    constexpr std::size_t kLanes = 4;
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;
    std::array<std::uint64_t, kLanes> sums{1, 2, 3, 4}, weighted{};
    const auto add = [&](const std::uint8_t* at) __attribute__((always_inline)) {
        for (std::size_t lane = 0; lane < kLanes; ++lane) {
            sums[lane] += base::load<std::uint64_t>(at + lane * kWord, false);
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

#ifdef __x86_64__
/// The four lanes fit into one register: half the time.
[[gnu::target("avx2")]] std::uint32_t sum_together(base::Bytes block) {
    return sum(block);
}
#endif

}  // namespace

std::uint32_t block_sum(base::Bytes block) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") != 0) return sum_together(block);
#endif
    return sum(block);
}

}  // namespace symline::gsym
