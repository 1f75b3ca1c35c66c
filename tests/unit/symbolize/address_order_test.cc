#include "symbolize/address_order.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

using symline::FileAddress;
using symline::symbolize::order_of;

namespace {

std::vector<std::uint32_t> compared(const std::vector<FileAddress>& addresses) {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> pairs;
    pairs.reserve(addresses.size());
    for (const FileAddress address : addresses) {
        pairs.emplace_back(address.value, static_cast<std::uint32_t>(pairs.size()));
    }
    std::ranges::sort(pairs);
    std::vector<std::uint32_t> order;
    order.reserve(pairs.size());
    for (const auto& [address, number] : pairs) order.push_back(number);
    return order;
}

}  // namespace

TEST_CASE("the order of addresses is that of a sort by address, then by number") {
    std::mt19937_64 random(7);
    for (const std::uint64_t spread : {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{0x7ff},
                                       std::uint64_t{0x800}, std::uint64_t{0xffffff}, UINT64_MAX}) {
        for (const std::size_t count : {0U, 1U, 2U, 3000U}) {
            std::vector<FileAddress> addresses;
            const std::uint64_t base = spread == UINT64_MAX ? 0 : 0xffffffff81000000;
            for (std::size_t i = 0; i < count; ++i) {
                const std::uint64_t value = random();
                addresses.push_back(
                    FileAddress{base + (spread == UINT64_MAX ? value : value % (spread + 1))});
            }
            CHECK(order_of(addresses) == compared(addresses));
        }
    }
}
