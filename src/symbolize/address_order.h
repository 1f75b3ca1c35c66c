// The order of many addresses, found faster than by comparing them.
#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "base/radix_sort.h"
#include "symline/address.h"

namespace symline::symbolize {

/// The numbers of the addresses, lowest address first; of equal ones the first one first.
inline std::vector<std::uint32_t> order_of(std::span<const FileAddress> addresses) {
    std::vector<std::uint32_t> order(addresses.size());
    std::iota(order.begin(), order.end(), 0);
    base::radix_sort(order, [&](std::uint32_t number) { return addresses[number].value; });
    return order;
}

}  // namespace symline::symbolize
