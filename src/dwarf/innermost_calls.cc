#include "dwarf/innermost_calls.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace symline::dwarf {
namespace {

constexpr std::uint32_t kNone = ~0U;

/// The node that each node is inlined into.
std::vector<std::uint32_t> callers_of(const std::vector<InlineNode>& nodes) {
    std::vector<std::uint32_t> callers, open;
    callers.reserve(nodes.size());
    for (std::uint32_t i = 0; i < nodes.size(); ++i) {
        while (!open.empty() && nodes[open.back()].after <= i) open.pop_back();
        callers.push_back(open.empty() ? kNone : open.back());
        open.push_back(i);
    }
    return callers;
}

/// Where a range of a node begins or ends.
struct Edge {
    std::uint64_t address;
    std::uint32_t node, range;
    bool begins;
};

std::vector<Edge> edges_of(const InlineTree& tree) {
    std::vector<Edge> edges;
    for (std::uint32_t i = 0; i < tree.nodes.size(); ++i) {
        const InlineNode& node = tree.nodes[i];
        for (std::uint32_t r = node.first_range; r < node.first_range + node.range_count; ++r) {
            edges.push_back({tree.ranges[r].low, i, r, true});
            edges.push_back({tree.ranges[r].high, i, r, false});
        }
    }
    std::ranges::sort(edges, {}, &Edge::address);
    return edges;
}

/// Calls `visit(range, node) -> bool` for each stretch of code with its innermost node, in order.
template <typename Visit>
bool for_each_stretch(const InlineTree& tree, Visit visit) {
    // By depth, the deepest first; then in preorder.
    std::set<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> holding;
    std::uint64_t from = 0;
    for (const Edge& edge : edges_of(tree)) {
        if (!holding.empty() && from < edge.address &&
            !visit(AddressRange{from, edge.address}, std::get<1>(*holding.begin()))) {
            return false;
        }
        from = edge.address;
        const std::tuple key(~tree.nodes[edge.node].depth, edge.node, edge.range);
        if (edge.begins) {
            holding.insert(key);
        } else {
            holding.erase(key);
        }
    }
    return true;
}

void append(std::vector<AddressRange>& ranges, AddressRange added) {
    if (!ranges.empty() && ranges.back().high == added.low) {
        ranges.back().high = added.high;
    } else {
        ranges.push_back(added);
    }
}

/// The nodes that have ranges. One that has any is inlined into others that have them.
InlineTree tree_of(const InlineTree& tree, const std::vector<std::vector<AddressRange>>& ranges) {
    std::vector<std::uint32_t> kept_before;
    kept_before.reserve(ranges.size() + 1);
    std::uint32_t kept = 0;
    for (const auto& each : ranges) {
        kept_before.push_back(kept);
        if (!each.empty()) ++kept;
    }
    kept_before.push_back(kept);
    InlineTree result;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        if (ranges[i].empty()) continue;
        InlineNode& node = result.nodes.emplace_back(tree.nodes[i]);
        node.after = kept_before[node.after];
        node.first_range = static_cast<std::uint32_t>(result.ranges.size());
        node.range_count = static_cast<std::uint32_t>(ranges[i].size());
        result.ranges.insert(result.ranges.end(), ranges[i].begin(), ranges[i].end());
    }
    return result;
}

}  // namespace

std::optional<InlineTree> nested_by_innermost(const InlineTree& tree, std::size_t max,
                                              std::size_t& work) {
    const auto callers = callers_of(tree.nodes);
    std::vector<std::vector<AddressRange>> ranges(tree.nodes.size());
    const bool whole = for_each_stretch(tree, [&](AddressRange stretch, std::uint32_t node) {
        for (; node != kNone; node = callers[node]) {
            if (++work > max) return false;
            append(ranges[node], stretch);
        }
        return true;
    });
    if (!whole) return std::nullopt;
    return tree_of(tree, ranges);
}

}  // namespace symline::dwarf
