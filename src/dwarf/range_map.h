// A map from address ranges, which may overlap, to values.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
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
        levels_.clear();
        if (longest_way_back() > kMaxWayBack) make_levels();
    }
    std::size_t memory() const {
        std::size_t size = items_.capacity() * sizeof(Item);
        for (const auto& level : levels_) size += level.capacity() * sizeof(std::uint64_t);
        return size;
    }
    bool empty() const { return items_.empty(); }
    const std::vector<Item>& items() const { return items_; }

    /// Calls `visit(const Item&) -> bool` for the ranges that hold `address`, in order of their low
    /// end, until it is false; those with the same low end in the order in which they were added.
    template <typename Visit>
    void for_each(std::uint64_t address, Visit visit) const {
        const auto after = std::ranges::upper_bound(items_, address, {}, &Item::low);
        if (!levels_.empty()) {
            const auto end = static_cast<std::size_t>(after - items_.begin());
            visit_level(levels_.size() - 1, 0, {address, end}, visit);
            return;
        }
        auto first = after;
        while (first != items_.begin() && std::prev(first)->highest_so_far > address) --first;
        for (; first != after; ++first) {
            if (address < first->high && !visit(*first)) return;
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
    static constexpr std::size_t kMaxWayBack = 64;  ///< cheaper than levels up to here
    static constexpr std::size_t kBlock = 32;

    /// How many items for_each() looks back at most. A range around all others, or ranges of which
    /// each begins a little later than the one before, would make every lookup pass all of them.
    std::size_t longest_way_back() const {
        std::size_t longest = 0;
        for (std::size_t i = 0, first = 0; i < items_.size(); ++i) {
            while (first < i && items_[first].highest_so_far <= items_[i].low) ++first;
            longest = std::max(longest, i - first);
        }
        return longest;
    }

    /// levels_[0] has the largest `high` of every 32 items, levels_[1] that of every 1024, and so
    /// on, up to one number for all.
    void make_levels() {
        auto& lowest = levels_.emplace_back((items_.size() + kBlock - 1) / kBlock);
        for (std::size_t i = 0; i < items_.size(); ++i) {
            lowest[i / kBlock] = std::max(lowest[i / kBlock], items_[i].high);
        }
        while (levels_.back().size() > 1) {
            const auto& below = levels_.back();
            std::vector<std::uint64_t> next((below.size() + kBlock - 1) / kBlock);
            for (std::size_t i = 0; i < below.size(); ++i) {
                next[i / kBlock] = std::max(next[i / kBlock], below[i]);
            }
            levels_.push_back(std::move(next));
        }
    }

    /// What is looked for: ranges that hold the address are among the items before `end`.
    struct Wanted {
        std::uint64_t address;
        std::size_t end;
    };

    /// Visits what is below number `at` of a level; false when `visit` was. There are no more than
    /// 13 levels.
    template <typename Visit>
    bool visit_level(std::size_t level, std::size_t at, Wanted wanted, Visit& visit) const {
        if (levels_[level][at] <= wanted.address) return true;
        if (level == 0) {
            const std::size_t end = std::min((at + 1) * kBlock, wanted.end);
            for (std::size_t i = at * kBlock; i < end; ++i) {
                if (wanted.address < items_[i].high && !visit(items_[i])) return false;
            }
            return true;
        }
        std::size_t items = kBlock;  // below one number of the next level
        for (std::size_t i = 1; i < level; ++i) items *= kBlock;
        const std::size_t end = std::min((at + 1) * kBlock, levels_[level - 1].size());
        for (std::size_t i = at * kBlock; i < end && i * items < wanted.end; ++i) {
            if (!visit_level(level - 1, i, wanted, visit)) return false;
        }
        return true;
    }

    std::vector<Item> items_;
    std::vector<std::vector<std::uint64_t>> levels_;  ///< empty where no lookup looks far back
};

}  // namespace symline::dwarf
