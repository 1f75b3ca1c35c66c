#include "gsym/block_sum.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

using symline::gsym::block_sum;
using symline::gsym::wide_sum;

TEST_CASE("every changed bit, every exchange of words and every length has another sum") {
    std::vector<std::uint8_t> block(1000);
    for (std::size_t i = 0; i < block.size(); ++i)
        block[i] = static_cast<std::uint8_t>(i * 37 + i / 256);
    const std::uint32_t sum = block_sum(block);
    CHECK(block_sum(block) == sum);
    for (std::size_t bit = 0; bit < block.size() * 8; ++bit) {
        block[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        CHECK(block_sum(block) != sum);
        block[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    }
    for (std::size_t word = 8; word + 8 <= block.size(); word += 8) {
        const auto first = block.begin(), other = first + static_cast<std::ptrdiff_t>(word);
        std::swap_ranges(first, first + 8, other);
        CHECK(block_sum(block) != sum);
        std::swap_ranges(first, first + 8, other);
    }
    std::set<std::uint32_t> sums;
    const std::vector<std::uint8_t> zeros(200);
    for (std::size_t size = 0; size <= zeros.size(); ++size) {
        sums.insert(block_sum(std::span(zeros).first(size)));
    }
    CHECK(sums.size() == zeros.size() + 1);
}

TEST_CASE("the sums are the same on every machine: an index may have been made on another") {
    // By a program of its own, from the description alone.
    constexpr std::pair<std::size_t, std::uint32_t> kSums[] = {
        {0, 0xe8a70228},    {1, 0x633dcfde},    {31, 0x75b5b225},   {32, 0x5d503152},
        {1000, 0xa4d59fa2}, {1024, 0x375bb70f}, {2048, 0x0764d804}, {4096, 0x6fb01712},
    };
    for (const auto& [size, sum] : kSums) {
        CAPTURE(size);
        std::vector<std::uint8_t> block(size);
        for (std::size_t i = 0; i < size; ++i) block[i] = static_cast<std::uint8_t>(i * 7);
        CHECK(block_sum(block) == sum);
    }
}

TEST_CASE("the sum of a whole file changes with each of its bytes and with its size") {
    std::vector<std::uint8_t> bytes(10000);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
    const auto whole = wide_sum(bytes);
    CHECK(wide_sum(bytes) == whole);
    for (std::size_t i = 0; i < bytes.size(); i += 97) {
        bytes[i] ^= 1;
        const auto changed = wide_sum(bytes);
        CHECK(changed[0] != whole[0]);
        CHECK(changed[1] != whole[1]);
        bytes[i] ^= 1;
    }
    std::swap(bytes[1000], bytes[1001]);
    CHECK(wide_sum(bytes) != whole);
    bytes.push_back(0);
    CHECK(wide_sum(bytes) != whole);
    CHECK(wide_sum({}) != wide_sum(std::vector<std::uint8_t>{0}));
}
