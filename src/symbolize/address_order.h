// The order of many addresses, found faster than by comparing them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "symline/address.h"

namespace symline {

/// The numbers of the addresses, lowest address first; of equal ones the first one first. A radix
/// sort: addresses of one file differ in few of their digits.
inline std::vector<std::uint32_t> order_of(std::span<const FileAddress> addresses) {
    constexpr unsigned kDigitBits = 11;
    constexpr std::uint64_t kDigits = std::uint64_t{1} << kDigitBits;
    std::vector<std::uint32_t> order(addresses.size()), next(addresses.size());
    std::iota(order.begin(), order.end(), 0);
    if (addresses.empty()) return order;
    const auto [least, most] = std::ranges::minmax(addresses);
    const std::uint64_t base = least.value, spread = most.value - least.value;
    for (unsigned shift = 0; shift < 64 && spread >> shift != 0; shift += kDigitBits) {
        const auto digit = [&](std::uint32_t number) {
            return (addresses[number].value - base) >> shift & (kDigits - 1);
        };
        std::array<std::uint32_t, kDigits> places{};
        for (const std::uint32_t number : order) ++places[digit(number)];
        std::exclusive_scan(places.begin(), places.end(), places.begin(), std::uint32_t{0});
        for (const std::uint32_t number : order) next[places[digit(number)]++] = number;
        order.swap(next);
    }
    return order;
}

}  // namespace symline
