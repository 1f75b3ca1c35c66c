// A map from address ranges, which may overlap, to values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <vector>

#include "dwarf/ranges.h"

namespace symline::dwarf {

template <typename T>
class RangeMap {
public:
    struct Item {
        std::uint64_t low = 0, high = 0;
        std::uint64_t highest_so_far =
            0;  ///< largest `high` up to here: where to stop looking back
        T value{};
    };

    void add(AddressRange range, T value) {
        items_.push_back({range.low, range.high, 0, std::move(value)});
    }
    /// Call it after the last add() and before the first for_each().
    void sort() {
        // stable_sort takes memory, and most units have their ranges in order.
        if (!std::ranges::is_sorted(items_, {}, &Item::low)) {
            std::ranges::stable_sort(items_, {}, &Item::low);
        }
        std::uint64_t highest = 0;
        for (Item& item : items_) item.highest_so_far = highest = std::max(highest, item.high);
    }
    std::size_t memory() const { return items_.capacity() * sizeof(Item); }
    bool empty() const { return items_.empty(); }
    const std::vector<Item>& items() const { return items_; }

    /// Calls `visit(const Item&)` for the ranges that hold `address`, in order of their low end;
    /// those with the same low end in the order in which they were added.
    template <typename Visit>
    void for_each(std::uint64_t address, Visit visit) const {
        auto after = std::ranges::upper_bound(items_, address, {}, &Item::low);
        auto first = after;
        while (first != items_.begin() && std::prev(first)->highest_so_far > address) --first;
        for (; first != after; ++first) {
            if (address < first->high) visit(*first);
        }
    }

    /// The interval around `address` in which for_each() visits the same: nothing, or one range. No
    /// answer where it visits more, or where ranges overlap.
    std::optional<AddressRange> interval_around(std::uint64_t address) const {
        const auto after = std::ranges::upper_bound(items_, address, {}, &Item::low);
        const std::uint64_t high = after == items_.end() ? UINT64_MAX : after->low;
        if (after == items_.begin()) return AddressRange{0, high};
        const auto last = std::prev(after);
        if (last->highest_so_far <= address) return AddressRange{last->highest_so_far, high};
        const std::uint64_t reach = last == items_.begin() ? 0 : std::prev(last)->highest_so_far;
        if (address >= last->high || reach > last->low) return std::nullopt;
        return AddressRange{last->low, std::min(last->high, high)};
    }

private:
    std::vector<Item> items_;
};

}  // namespace symline::dwarf
