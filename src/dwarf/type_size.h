// The sizes of types (DWARF 5 section 5).
#pragma once

#include <cstdint>
#include <optional>

#include "dwarf/unit_table.h"

namespace symline::dwarf {

/// How many bytes a value takes whose DW_AT_type, in `unit`, is `type`. Nothing where that is
/// decided at run time, or the type is not known. The work is counted as that of `asker`, whose
/// count begins again with each lookup; types may be in other files.
std::optional<std::uint64_t> type_size(Sections& asker, LoadedUnit& unit, const FormValue& type);

}  // namespace symline::dwarf
