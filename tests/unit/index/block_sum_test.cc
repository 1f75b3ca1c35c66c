#include "index/block_sum.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

using symline::index::block_sum;

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
