// The DIEs of a function that inlined subroutines are found among.
#pragma once

#include <cstdint>

#include "dwarf/die_walk.h"

namespace symline::dwarf {

/// What a DIE below a function is to who looks for inlined subroutines.
enum class ScopeKind {
    inlined,  ///< DW_TAG_inlined_subroutine
    block,    ///< may hold inlined subroutines
    other,    ///< holds none of this function's
};

inline ScopeKind scope_kind(std::uint16_t tag) {
    switch (tag) {
        case DW::DW_TAG_inlined_subroutine: return ScopeKind::inlined;
        case DW::DW_TAG_lexical_block:
        case DW::DW_TAG_try_block:
        case DW::DW_TAG_catch_block:
        case DW::DW_TAG_with_stmt: return ScopeKind::block;
        default: return ScopeKind::other;
    }
}

/// Walks on from a list of children, as long as `scopes.more()`: calls `scopes.leave()` at the end
/// of each list, and `scopes.enter(kind) -> bool` for each DIE, which moves the walk past the DIE
/// or into it. False when enter() was false; `scopes.end() -> bool` says what it is at the end of
/// the unit.
template <typename Scopes>
bool walk_scopes(DieWalk& walk, Scopes& scopes) {
    while (scopes.more()) {
        const auto step = walk.next();
        if (step == DieWalk::Step::end) return scopes.end();
        if (step == DieWalk::Step::end_of_children) {
            scopes.leave();
        } else if (!scopes.enter(scope_kind(walk.tag()))) {
            return false;
        }
    }
    return true;
}

}  // namespace symline::dwarf
