// The tree of all subroutines that were inlined into one function; inlines.h reads those of one
// address.
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
    std::uint32_t after = 0;  ///< the node after all that are inlined into this one
    std::uint32_t first_range = 0, range_count = 0;
};

struct InlineTree {
    std::vector<InlineNode> nodes;
    std::vector<AddressRange> ranges;

    /// The code of a node, clipped to that of its caller and of the blocks around it.
    std::span<const AddressRange> ranges_of(const InlineNode& node) const {
        return std::span(ranges).subspan(node.first_range, node.range_count);
    }
};

/// The tree of the function whose DIE is at `function`, as far as it has code in `within`. The
/// first node at each depth that holds an address is the one that inlined_at() gives for it.
/// Nothing when the DIEs are damaged, or the tree is larger than any compiler makes one. `passed`
/// gets the work: bytes of DIEs, and ranges.
std::optional<InlineTree> inline_tree(const Unit& unit, const AbbreviationTable& abbreviations,
                                      std::uint64_t function, AddressRange within,
                                      std::uint64_t* passed = nullptr);

}  // namespace symline::dwarf
