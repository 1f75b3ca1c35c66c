#include "base/radix_sort.h"

#include <doctest/doctest.h>

#include <random>
#include <utility>
#include <vector>

using symline::base::radix_sort;

TEST_CASE("a radix sort is a stable sort, of few and of many, near and far") {
    using Item = std::pair<std::uint64_t, std::size_t>;
    std::mt19937_64 random(3);
    for (const std::uint64_t spread :
         {std::uint64_t{1}, std::uint64_t{5}, std::uint64_t{1} << 33U, UINT64_MAX}) {
        for (const std::size_t count :
             {std::size_t{0}, std::size_t{3}, std::size_t{255}, std::size_t{5000}}) {
            std::vector<Item> items;
            for (std::size_t i = 0; i < count; ++i) items.emplace_back(random() % spread, i);
            auto expected = items;
            std::ranges::stable_sort(expected, {}, &Item::first);
            radix_sort(items, [](const Item& item) { return item.first; });
            CHECK(items == expected);
        }
    }
}
