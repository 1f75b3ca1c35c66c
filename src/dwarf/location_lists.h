// Where a variable is (DW_AT_location): an expression, or a list of them for parts of the code, in
// .debug_loc (DWARF 4 section 2.6.2) or .debug_loclists (DWARF 5 section 2.6.2).
#pragma once

#include "dwarf/unit.h"

namespace symline::dwarf {

namespace detail {
bool walk_locations(const Unit& unit, const FormValue& list, bool (*visit)(void*, Bytes),
                    void* context);
}  // namespace detail

/// The bytes of a block.
inline Bytes block_bytes(const FormValue& block) {
    return {reinterpret_cast<const std::uint8_t*>(block.text.data()), block.text.size()};
}

/// Calls `visit(Bytes expression) -> bool` for the expression of a DW_AT_location, or for each of
/// its list, until it returns false. Which code each is for is not told. Returns false when the
/// list is damaged; what comes before the damage has been visited.
template <typename Visit>
bool for_each_location(const Unit& unit, const FormValue& location, Visit visit) {
    if (!location) return true;
    if (is_block(location.form)) {
        visit(block_bytes(location));
        return true;
    }
    return detail::walk_locations(
        unit, location,
        [](void* context, Bytes expression) { return (*static_cast<Visit*>(context))(expression); },
        &visit);
}

}  // namespace symline::dwarf
