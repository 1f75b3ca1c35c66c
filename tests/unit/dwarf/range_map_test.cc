#include "dwarf/range_map.h"

#include <doctest/doctest.h>

#include <random>

using symline::dwarf::AddressRange;
using symline::dwarf::RangeMap;

namespace {

std::vector<int> holding(const RangeMap<int>& map, std::uint64_t address) {
    std::vector<int> found;
    map.for_each(address, [&](const auto& item) {
        found.push_back(item.value);
        return true;
    });
    return found;
}

}  // namespace

TEST_CASE("the ranges that hold an address, by their low end, equal ones in the order added") {
    RangeMap<int> map;
    map.add({0x20, 0x30}, 1);
    map.add({0x10, 0x100}, 2);
    map.add({0x20, 0x28}, 3);
    map.add({0x28, 0x28}, 4);
    map.sort();
    CHECK(holding(map, 0x0f).empty());
    CHECK(holding(map, 0x10) == std::vector{2});
    CHECK(holding(map, 0x20) == std::vector{2, 1, 3});
    CHECK(holding(map, 0x28) == std::vector{2, 1});
    CHECK(holding(map, 0xff) == std::vector{2});
    CHECK(holding(map, 0x100).empty());
    CHECK(holding(RangeMap<int>{}, 0).empty());
    CHECK(RangeMap<int>{}.empty());
}

TEST_CASE("random ranges answer as a search of all of them does") {
    std::mt19937 random(1);
    RangeMap<int> map;
    std::vector<AddressRange> all;
    for (int i = 0; i < 300; ++i) {
        const std::uint64_t low = random() % 1000;
        all.push_back({low, low + random() % 60});
        map.add(all.back(), i);
    }
    map.sort();
    for (std::uint64_t address = 0; address < 1100; ++address) {
        std::size_t expected = 0;
        for (const auto& range : all) expected += range.contains(address) ? 1 : 0;
        CHECK(holding(map, address).size() == expected);
    }
}

TEST_CASE("many ranges at one address are found without passing all others, in order") {
    std::mt19937 random(3);
    for (const int shape : {0, 1, 2}) {
        RangeMap<int> map;
        std::vector<AddressRange> all;
        constexpr std::uint64_t kCount = 5000;
        for (std::uint64_t i = 0; i < kCount; ++i) {
            AddressRange range{i * 4, i * 4 + 2};  // one around all
            if (i == 0) range.high = kCount * 4;
            if (shape == 1) range.high = kCount * 4;  // each begins a little later
            if (shape == 2) range.high = range.low + random() % 2000;
            all.push_back(range);
            map.add(range, static_cast<int>(i));
        }
        map.sort();
        for (std::uint64_t address = 0; address < kCount * 4 + 10; address += 401) {
            std::vector<int> expected;
            for (std::uint64_t i = 0; i < kCount; ++i) {
                if (all[i].contains(address)) expected.push_back(static_cast<int>(i));
            }
            CHECK(holding(map, address) == expected);
        }
        int visits = 0;
        map.for_each(kCount * 4 - 3, [&](const auto&) { return ++visits < 1; });
        CHECK(visits == 1);
    }
}

TEST_CASE("around an address, the same ranges are visited up to where it says") {
    std::mt19937 random(2);
    std::size_t told = 0;
    for (int turn = 0; turn < 200; ++turn) {
        RangeMap<int> map;
        const unsigned count = random() % 8;
        for (unsigned i = 0; i < count; ++i) {
            const std::uint64_t low = random() % 100;
            map.add({low, low + random() % 20}, static_cast<int>(i));
        }
        map.sort();
        for (std::uint64_t address = 0; address < 130; ++address) {
            const auto interval = map.interval_around(address);
            if (!interval) continue;
            ++told;
            REQUIRE(interval->contains(address));
            const auto expected = holding(map, address);
            CHECK(expected.size() <= 1);
            for (auto other = interval->low; other < std::min<std::uint64_t>(interval->high, 130);
                 ++other) {
                REQUIRE(holding(map, other) == expected);
            }
        }
    }
    CHECK(told > 1000);
    CHECK(RangeMap<int>{}.interval_around(5)->high == UINT64_MAX);
}
