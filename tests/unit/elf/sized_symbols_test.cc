#include "elf/sized_symbols.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

using symline::elf::SizedSymbols;

namespace {

struct Extent {
    std::uint64_t low, end;
};

/// Compares what is said of some addresses, asked in any order, with what a sorted list says.
void check(std::uint64_t low, std::uint64_t high, const std::vector<Extent>& extents,
           std::mt19937_64& choose) {
    SizedSymbols symbols(low, high, static_cast<std::uint32_t>(extents.size()));
    for (std::uint32_t i = 0; i < extents.size(); ++i) {
        symbols.add(i, extents[i].low, extents[i].end);
    }
    symbols.finish();
    REQUIRE(symbols.size() == extents.size());
    std::vector<std::uint32_t> order(extents.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, {}, [&](std::uint32_t i) { return extents[i].low; });
    const auto place = [&](std::uint32_t index) { return extents[index]; };
    std::vector<std::uint64_t> asked{0, low, high, UINT64_MAX};
    for (int i = 0; i < 50 && !extents.empty(); ++i) {
        const Extent& near = extents[choose() % extents.size()];
        for (const std::uint64_t at : {near.low - 1, near.low, near.end}) asked.push_back(at);
    }
    std::ranges::shuffle(asked, choose);
    for (const std::uint64_t at : asked) {
        CAPTURE(at);
        const auto count =
            std::ranges::count_if(extents, [&](const Extent& each) { return each.low <= at; });
        REQUIRE(symbols.count_up_to(at, place) == count);
    }
    std::vector<std::uint32_t> numbers = order;
    std::ranges::shuffle(numbers, choose);
    for (const std::uint32_t index : numbers) {
        const auto number =
            static_cast<std::uint32_t>(std::ranges::find(order, index) - order.begin());
        CHECK(symbols.at(number, place).index == index);
        CHECK(symbols.at(number, place).low == extents[index].low);
        CHECK(symbols.at(number, place).end == extents[index].end);
    }
    std::uint64_t highest = 0;
    for (std::uint32_t number = 0; number < order.size(); ++number) {
        highest = std::max(highest, extents[order[number]].end);
        REQUIRE(symbols.at(number, place).highest == highest);
    }
}

}  // namespace

TEST_CASE(
    "symbols by address: as many as there are, wherever they are, in any order of questions") {
    std::mt19937_64 choose(1);
    for (const std::size_t count : {0, 1, 2, 31, 33, 1000}) {
        for (const std::uint64_t span :
             {1ULL, 64ULL, 0x1000ULL, 0x200'0000ULL, 0xffff'ffff'0000ULL}) {
            CAPTURE(count);
            CAPTURE(span);
            constexpr std::uint64_t kLow = 0xffff'8000'0000'0000;
            std::vector<Extent> extents;
            for (std::size_t i = 0; i < count; ++i) {
                // Some outside of where most are, and some that reach far.
                const std::uint64_t low = i % 50 == 7 ? choose() : kLow + choose() % span;
                const std::uint64_t size = i % 20 == 3 ? span : 1 + choose() % 64;
                extents.push_back({low, size > UINT64_MAX - low ? UINT64_MAX : low + size});
            }
            check(kLow, kLow + span, extents, choose);
        }
    }
}

TEST_CASE("symbols by address: all at one place, and no range where they are to be") {
    std::mt19937_64 choose(2);
    const std::vector<Extent> same(700, {0x1000, 0x1010});
    check(0x1000, 0x2000, same, choose);
    check(UINT64_MAX, 0, same, choose);
    check(0, UINT64_MAX, same, choose);
    check(0, UINT64_MAX, {{0x10, 0x20}, {UINT64_MAX - 1, UINT64_MAX}}, choose);
    check(0x1000, 0x1000, {{0x10, 0x20}, {0x5000, 0x5001}, {0x1000, 0x1001}}, choose);
    SizedSymbols none;
    CHECK(none.size() == 0);
    CHECK(none.count_up_to(5, [](std::uint32_t) { return Extent{}; }) == 0);
}
