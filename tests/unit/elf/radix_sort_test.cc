#include "elf/radix_sort.h"

#include <doctest/doctest.h>

#include <random>
#include <utility>
#include <vector>

#include "elf/huge_pages.h"

using symline::elf::HugePages;
using symline::elf::radix_sort;

TEST_CASE("a radix sort is a stable sort, of few and of many, near and far") {
    using Item = std::pair<std::uint64_t, std::size_t>;
    std::mt19937_64 random(3);
    for (const std::uint64_t spread :
         {std::uint64_t{1}, std::uint64_t{5}, std::uint64_t{1} << 33U, UINT64_MAX}) {
        for (const std::size_t count :
             {std::size_t{0}, std::size_t{3}, std::size_t{255}, std::size_t{5000}}) {
            std::vector<Item, HugePages<Item>> items;
            for (std::size_t i = 0; i < count; ++i) items.emplace_back(random() % spread, i);
            auto expected = items;
            std::ranges::stable_sort(expected, {}, &Item::first);
            radix_sort(items, [](const Item& item) { return item.first; });
            CHECK(items == expected);
        }
    }
}

TEST_CASE("large arrays in huge pages hold what is put into them") {
    std::vector<std::uint32_t, HugePages<std::uint32_t>> numbers(std::size_t{3} << 20U, 7);
    CHECK(reinterpret_cast<std::uintptr_t>(numbers.data()) % (std::size_t{2} << 20U) == 0);
    numbers.push_back(8);
    CHECK(numbers.front() == 7);
    CHECK(numbers.back() == 8);
}
