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
    calls_.assign(tree_.nodes.size(), {});
    unit_ = &unit;
    range_ = within;
    return true;
}

/// `until` becomes the next address at which that changes, if it is a lower one.
bool KnownFunction::node_holds(const InlineNode& node, std::uint64_t address,
                               std::uint64_t& until) const {
    for (const AddressRange& range : tree_.ranges_of(node)) {
        if (range.contains(address)) {
            until = std::min(until, range.high);
            return true;
        }
        if (range.low > address) until = std::min(until, range.low);
    }
    return false;
}

KnownFunction::Answer KnownFunction::at(std::uint64_t address) {
    const auto after = std::ranges::upper_bound(rows_, address, {}, &Row::from);
    std::uint64_t until = after == rows_.end() ? range_.high : after->from;
    chain_.clear();
    auto end = static_cast<std::uint32_t>(tree_.nodes.size());
    for (std::uint32_t i = 0; i < end;) {
        const InlineNode& each = tree_.nodes[i];
        if (node_holds(each, address, until)) {
            chain_.push_back(i++);
            end = each.after;
        } else {
            i = each.after;
        }
    }
    return {after == rows_.begin() ? &rows_.front() : &*std::prev(after), &chain_, until};
}

}  // namespace symline::dwarf
