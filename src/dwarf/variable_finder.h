// Which variable of static storage duration holds an address.
//
// No table says which unit has it: gcc leaves data out of .debug_aranges. So what all units say of
// such variables is read when the first of them is asked for, and kept: 24 bytes for each. Split
// units are opened only for an address that no other unit has.
#pragma once

#include <cstdint>
#include <optional>

#include "dwarf/frame_builder.h"
#include "dwarf/split_units.h"
#include "dwarf/static_variables.h"
#include "dwarf/unit_table.h"
#include "symline/variable.h"

namespace symline::dwarf {

class VariableFinder {
public:
    /// All must outlive the result.
    VariableFinder(Sections& sections, UnitTable& units, SplitUnits& splits, FrameBuilder& texts)
        : sections_(sections), units_(units), splits_(splits), texts_(texts) {}

    std::optional<Variable> at(std::uint64_t address);

private:
    const StaticVariables& plain();
    const StaticVariables& split();
    std::optional<Variable> find(const StaticVariables& in, std::uint64_t address);
    std::optional<Variable> described(const StaticVariable& variable);

    Sections& sections_;
    UnitTable& units_;
    SplitUnits& splits_;
    FrameBuilder& texts_;
    std::optional<StaticVariables> plain_, split_;
};

}  // namespace symline::dwarf
