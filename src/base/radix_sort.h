// Radix sort by an unsigned 64-bit number: one pass per digit in which the numbers differ, so that
// the addresses of one file are sorted in the time of a few copies.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace symline::base {

/// Sorts a vector by `key(item)`, a std::uint64_t; items of one key keep their order.
template <typename Items, typename Key>
void radix_sort(Items& items, Key key) {
    using T = typename Items::value_type;
    constexpr unsigned kBits = 11;
    constexpr std::size_t kDigits = std::size_t{1} << kBits;
    constexpr std::size_t kFew = 256;  // for which the counts cost more than they save
    if (items.size() < kFew) {
        std::ranges::stable_sort(items, {}, key);
        return;
    }
    std::uint64_t differing = 0;
    for (const T& item : items) differing |= key(item) ^ key(items.front());
    Items sorted(items.size());
    for (unsigned shift = 0; shift < 64; shift += kBits) {
        if ((differing >> shift & (kDigits - 1)) == 0) continue;
        const auto digit = [&](const T& item) { return key(item) >> shift & (kDigits - 1); };
        std::array<std::size_t, kDigits> places{};
        for (const T& item : items) ++places[digit(item)];
        std::size_t place = 0;
        for (std::size_t& each : places) {
            const std::size_t count = each;
            each = place;
            place += count;
        }
        for (T& item : items) sorted[places[digit(item)]++] = std::move(item);
        items.swap(sorted);
    }
}

}  // namespace symline::base
