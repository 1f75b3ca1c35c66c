// Inlined subroutines that do not lie within their callers: see nests_ranges().
#pragma once

#include <cstddef>
#include <optional>

#include "dwarf/inline_tree.h"

namespace symline::dwarf {

/// The same tree with other ranges, which nest: each node has the code for which inlined_at() gives
/// it, which is that of the deepest nodes, the first of several, and of all that these are inlined
/// into. Nodes without such code are left out. `work`, the ranges made, is added to; nothing when
/// it would be more than `max`.
std::optional<InlineTree> nested_by_innermost(const InlineTree& tree, std::size_t max,
                                              std::size_t& work);

}  // namespace symline::dwarf
