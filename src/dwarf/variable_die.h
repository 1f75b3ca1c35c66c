// What the DIE of a variable says, with what it leaves to its abstract origin or to its
// declaration.
#pragma once

#include <cstdint>
#include <string_view>

#include "dwarf/die_walk.h"
#include "dwarf/frame_builder.h"
#include "dwarf/unit_table.h"
#include "symline/variable.h"

namespace symline::dwarf {

/// DW_TAG_variable or DW_TAG_formal_parameter: its own attributes.
struct VariableDie {
    FormValue location, tag_offset;
    FormValue name, linkage_name, type, declaration_file, declaration_line;
    FormValue origin, specification;

    void set(std::uint16_t name, const FormValue& value);
};

/// Reads the attributes of the DIE that `walk` is at.
VariableDie read_variable(DieWalk& walk);

/// The variable whose DIE, in `unit`, is `die`, but for its place.
Variable described_variable(LoadedUnit& unit, const VariableDie& die, FrameBuilder& texts);

}  // namespace symline::dwarf
