// The names of a function, wherever they are: on its own DIE, on its abstract origin, on the
// declaration in a class, in another unit.
#pragma once

#include <cstdint>
#include <string_view>

#include "dwarf/inlines.h"
#include "dwarf/unit_table.h"

namespace symline::dwarf {

struct FunctionNames {
    std::string_view name;
    std::string_view linkage_name;
    LoadedUnit* declared_in = nullptr;  ///< the unit whose file table `declaration_file` counts in
    std::uint64_t declaration_file = 0;
    std::uint64_t declaration_line = 0;
    bool external = false;
    bool unreadable = false;  ///< some are in a supplementary file that was not found
};

/// True when the symbol of such a function has, or may have, another name than DWARF gives: it is
/// of a language that mangles names, without a DW_AT_linkage_name that can be read, and local to a
/// unit (gcc: lambdas, members of local classes); or of one whose compilers write none.
bool lacks_linkage_name(const FunctionNames& names, std::uint64_t language);

/// True for a unit written in an assembler's language.
bool is_assembly(std::uint64_t language);

/// Follows DW_AT_abstract_origin and DW_AT_specification from the DIE at `die` in `unit`.
FunctionNames function_names(UnitTable& units, LoadedUnit& unit, std::uint64_t die);
/// The names of the function that was inlined at `call`, which was read from `unit`.
FunctionNames function_names(UnitTable& units, LoadedUnit& unit, const InlinedSubroutine& call);

}  // namespace symline::dwarf
