// Source files in the line table itself: DW_LNCT_LLVM_source, an extension of DWARF 5 (clang
// -gembed-source).
#pragma once

#include <string_view>

#include "dwarf/unit_table.h"

namespace symline::dwarf {

/// The text of the file whose whole path is `path` (SourceLocation::file) in the unit's line table;
/// empty where the table has no such file, or not its text.
std::string_view embedded_source(LoadedUnit& unit, std::string_view path);

}  // namespace symline::dwarf
