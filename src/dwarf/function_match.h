// Which function of which unit holds an address, and which of several is meant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dwarf/functions.h"
#include "dwarf/symbol_names.h"
#include "dwarf/unit_table.h"

namespace symline::dwarf {

/// A function that holds an address.
struct FunctionMatch {
    LoadedUnit* unit = nullptr;
    FunctionDie function;
    std::size_t ordinal = 0;  ///< among the functions of the unit folded to one address
    std::size_t folded = 1;   ///< how many those are
};

/// Every function of `units` that holds an address, in the order of the units. More than one where
/// the linker folded identical functions, or where a function is inside of another one.
std::vector<FunctionMatch> functions_at(const std::vector<LoadedUnit*>& units,
                                        std::uint64_t address, SymbolNames& symbols);

/// The one of several that the address belongs to. There must be one.
FunctionMatch choose_function(const std::vector<FunctionMatch>& candidates, SymbolNames& symbols);

}  // namespace symline::dwarf
