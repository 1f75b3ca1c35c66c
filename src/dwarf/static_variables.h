// Where the variables of static storage duration are: those of files, namespaces and classes, and
// the static ones of functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dwarf/abbreviations.h"
#include "dwarf/unit.h"

namespace symline::dwarf {

/// A variable, by the place where it begins.
struct StaticVariable {
    std::uint64_t address = 0;
    std::uint64_t unit = 0;  ///< the offset of its unit's DIE; of a split unit, the skeleton's
    std::uint64_t die = 0;   ///< its own, in the file of the unit or of the split unit
};

/// The address of a DW_AT_location that is DW_OP_addr or DW_OP_addrx, with or without a
/// DW_OP_plus_uconst after it: what compilers write for these variables.
std::optional<std::uint64_t> static_address(const Unit& unit, const FormValue& location);

class StaticVariables {
public:
    /// Adds those of `unit`, whose StaticVariable::unit is `unit_die`, that are in a section of the
    /// file: variables of discarded sections are passed over. Types and what is inlined are not
    /// looked into: the abstract instance of a function has its static variables.
    void scan(const Unit& unit, const AbbreviationTable& abbreviations, std::uint64_t unit_die);
    /// Call it after the last scan() and before upto().
    void sort();
    /// Those that begin at or before `address`, by address; of one address, in the order of the
    /// units, and in a unit the last one first, which completes the others.
    std::span<const StaticVariable> upto(std::uint64_t address) const;
    bool empty() const { return found_.empty(); }

private:
    std::vector<StaticVariable> found_;
};

}  // namespace symline::dwarf
