#include "gsym/block_sum.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace symline::gsym {
namespace {

constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;

/// What is left of the sums, and of the same ones in another order.
struct Mixed {
    std::uint64_t forth, back;
};

[[gnu::always_inline]] inline Mixed sums_of(base::Bytes block) {
    constexpr std::size_t kLanes = 4;
    constexpr std::size_t kWord = sizeof(std::uint64_t);
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
    Mixed mixed{block.size(), ~std::uint64_t{block.size()}};
    const auto mix = [](std::uint64_t& into, std::uint64_t word) {
        into = (into ^ word) * kOdd;
        into ^= into >> 32U;
    };
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
        mix(mixed.forth, sums[lane]);
        mix(mixed.forth, weighted[lane]);
        mix(mixed.back, weighted[kLanes - 1 - lane]);
        mix(mixed.back, sums[kLanes - 1 - lane]);
    }
    return mixed;
}

[[gnu::always_inline]] inline std::uint32_t sum(base::Bytes block) {
    return static_cast<std::uint32_t>(sums_of(block).forth * kOdd >> 32U);
}

#ifdef __x86_64__
/// The four lanes fit into one register: half the time.
[[gnu::target("avx2")]] std::uint32_t sum_together(base::Bytes block) {
    return sum(block);
}
#endif

}  // namespace

std::array<std::uint64_t, 2> wide_sum(base::Bytes bytes) {
    const Mixed mixed = sums_of(bytes);
    return {mixed.forth * kOdd, mixed.back * kOdd};
}

std::uint32_t block_sum(base::Bytes block) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") != 0) return sum_together(block);
#endif
    return sum(block);
}

}  // namespace symline::gsym
