// All that was inlined into one function, for the index: inlines.h answers for one address.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "dwarf/inlines.h"

namespace symline::dwarf {

/// One DW_TAG_inlined_subroutine of a tree in preorder.
struct InlineNode {
    InlinedSubroutine call;
    std::uint32_t depth = 1;           ///< 1: inlined into the function itself
    std::vector<AddressRange> ranges;  ///< inside of those of its caller and of the blocks around
};

/// The tree of the function whose DIE is at `function`, as far as it has code in `within`. Asked
/// for an address, the first node at each depth that holds it is the one that inlined_at() gives.
/// Nothing when the tree is of a size that no compiler makes.
std::optional<std::vector<InlineNode>> inline_tree(const Unit& unit,
                                                   const AbbreviationTable& abbreviations,
                                                   std::uint64_t function, AddressRange within);

}  // namespace symline::dwarf
