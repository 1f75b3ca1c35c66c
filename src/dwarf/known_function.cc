#include "dwarf/known_function.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace symline::dwarf {

bool KnownFunction::read(LoadedUnit& unit, std::uint64_t function, AddressRange within) {
    clear();
    auto tree = inline_tree(unit.unit(), unit.abbreviations(), function, within);
    if (!tree) return false;
    rows_.clear();
    const auto add = [this](std::uint64_t from, const LineRow* row) {
        rows_.push_back({from, row != nullptr, row == nullptr ? LineRow{} : *row});
    };
    const LineTable& lines = unit.with_rows().lines();
    if (!lines.rows_between(within.low, within.high, add) || rows_.empty()) return false;
    tree_ = std::move(*tree);
    calls_.assign(tree_.nodes.size(), {});
    unit_ = &unit;
    range_ = within;
    return true;
}

const KnownFunction::Row& KnownFunction::row_at(std::uint64_t address) const {
    const auto after = std::ranges::upper_bound(rows_, address, {}, &Row::from);
    return after == rows_.begin() ? rows_.front() : *std::prev(after);
}

bool KnownFunction::node_holds(const InlineNode& node, std::uint64_t address) const {
    return std::ranges::any_of(tree_.ranges_of(node), [address](const AddressRange& range) {
        return range.contains(address);
    });
}

const std::vector<std::uint32_t>& KnownFunction::chain_at(std::uint64_t address) {
    chain_.clear();
    std::uint32_t end = static_cast<std::uint32_t>(tree_.nodes.size());
    for (std::uint32_t i = 0; i < end;) {
        const InlineNode& each = tree_.nodes[i];
        if (node_holds(each, address)) {
            chain_.push_back(i++);
            end = each.after;
        } else {
            i = each.after;
        }
    }
    return chain_;
}

}  // namespace symline::dwarf
