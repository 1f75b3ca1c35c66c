// All that was inlined into one function: inlines.h answers for one address.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dwarf/inlines.h"

namespace symline::dwarf {

/// One DW_TAG_inlined_subroutine of a tree in preorder.
struct InlineNode {
    InlinedSubroutine call;
    std::uint32_t depth = 1;  ///< 1: inlined into the function itself
    std::uint32_t after = 0;  ///< the node behind all that are inlined into this one
    std::uint32_t first_range = 0, range_count = 0;
};

struct InlineTree {
    std::vector<InlineNode> nodes;
    std::vector<AddressRange> ranges;

    /// The code of a node, as far as it is inside of that of its caller and of the blocks around.
    std::span<const AddressRange> ranges_of(const InlineNode& node) const {
        return std::span(ranges).subspan(node.first_range, node.range_count);
    }
};

/// The tree of the function whose DIE is at `function`, as far as it has code in `within`. Asked
/// for an address, the first node at each depth that holds it is the one that inlined_at() gives.
/// Nothing when the DIEs are damaged, or the tree is of a size that no compiler makes.
std::optional<InlineTree> inline_tree(const Unit& unit, const AbbreviationTable& abbreviations,
                                      std::uint64_t function, AddressRange within);

}  // namespace symline::dwarf
