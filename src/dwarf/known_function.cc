#include "dwarf/known_function.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace symline::dwarf {

namespace {

bool same_place(const KnownFunction::Row& row, const KnownFunction::Row& other) {
    return row.present == other.present && row.row.line == other.row.line &&
           row.row.file == other.row.file && row.row.column == other.row.column &&
           row.row.discriminator == other.row.discriminator;
}

}  // namespace

bool KnownFunction::read(LoadedUnit& unit, std::uint64_t function, AddressRange within) {
    clear();
    auto tree = inline_tree(unit.unit(), unit.abbreviations(), function, within);
    if (!tree) return false;
    rows_.clear();
    const auto add = [this](std::uint64_t from, const LineRow* row) {
        const Row added{from, row != nullptr, row == nullptr ? LineRow{} : *row};
        if (rows_.empty() || !same_place(rows_.back(), added)) rows_.push_back(added);
    };
    const LineTable& lines = unit.with_rows().lines();
    if (!lines.rows_between(within.low, within.high, add) || rows_.empty()) return false;
    tree_ = std::move(*tree);
    set_extents();
    calls_.assign(tree_.nodes.size(), {});
    unit_ = &unit;
    range_ = within;
    return true;
}

void KnownFunction::set_extents() {
    extents_.clear();
    for (const InlineNode& node : tree_.nodes) {
        const auto ranges = tree_.ranges_of(node);
        Extent& extent = extents_.emplace_back();
        extent.whole = ranges.front();
        for (const AddressRange& range : ranges) {
            extent.whole.low = std::min(extent.whole.low, range.low);
            extent.whole.high = std::max(extent.whole.high, range.high);
        }
        extent.after = node.after;
        extent.gaps = ranges.size() > 1;
    }
}

/// `until` becomes the next address at which that changes, if it is a lower one.
bool KnownFunction::node_holds(std::uint32_t number, std::uint64_t address,
                               std::uint64_t& until) const {
    const Extent& extent = extents_[number];
    if (!extent.whole.contains(address)) {
        if (extent.whole.low > address) until = std::min(until, extent.whole.low);
        return false;
    }
    if (!extent.gaps) {
        until = std::min(until, extent.whole.high);
        return true;
    }
    for (const AddressRange& range : tree_.ranges_of(tree_.nodes[number])) {
        if (range.contains(address)) {
            until = std::min(until, range.high);
            return true;
        }
        if (range.low > address) until = std::min(until, range.low);
    }
    return false;
}

KnownFunction::Answer KnownFunction::at(std::uint64_t address) {
    const auto next_row = std::ranges::upper_bound(rows_, address, {}, &Row::from);
    std::uint64_t until = next_row == rows_.end() ? range_.high : next_row->from;
    chain_.clear();
    auto end = static_cast<std::uint32_t>(tree_.nodes.size());
    for (std::uint32_t i = 0; i < end;) {
        const std::uint32_t after = extents_[i].after;
        if (node_holds(i, address, until)) {
            chain_.push_back(i++);
            end = after;
        } else {
            i = after;
        }
    }
    return {next_row == rows_.begin() ? &rows_.front() : &*std::prev(next_row), &chain_, until};
}

}  // namespace symline::dwarf
