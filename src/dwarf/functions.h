// The functions of one compilation unit: which DW_TAG_subprogram holds an address.
#pragma once

#include <cstdint>
#include <vector>

#include "dwarf/die_walk.h"
#include "dwarf/range_map.h"

namespace symline::dwarf {

/// A concrete DW_TAG_subprogram whose code holds the address that was asked for.
struct FunctionDie {
    std::uint64_t die = 0;  ///< offset in .debug_info
    AddressRange range;     ///< the one of its ranges that holds the address
};

/// How far a scan goes down from the unit DIE.
enum class ScanDepth {
    /// Children of the unit DIE and of namespaces. Whatever names its sibling is stepped over:
    /// types, and the insides of functions.
    shallow,
    /// Every DIE: also functions inside of functions (GNU C, Ada, Fortran) and inside of types.
    full,
};

/// How far down to look first. Where inlined code does not nest (see nests_ranges()), all there is
/// to tell that a function is at an address may be what was inlined into it.
ScanDepth first_depth(const Unit& unit);

class FunctionIndex {
public:
    /// Scans the unit's DIEs. Ranges outside of code are those of discarded functions, and are
    /// skipped.
    static FunctionIndex scan(const Unit& unit, const AbbreviationTable& abbreviations,
                              ScanDepth depth);

    /// The functions that hold `address`, in the order of their lowest range; the first `max` of
    /// them.
    std::vector<FunctionDie> at(std::uint64_t address, std::size_t max = SIZE_MAX) const;
    const RangeMap<std::uint64_t>& ranges() const { return functions_; }

private:
    /// Those of a DIE, as a function's.
    void add_ranges(const Unit& unit, const DieWalk& die, std::uint64_t function);

    RangeMap<std::uint64_t> functions_;  ///< to DIE offsets
};

}  // namespace symline::dwarf
