// What a module's debug information says, as it is written there: for those who check its answers.
// All read the debug file, also where an index answers all else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dwarf/evidence.h"
#include "symline/module.h"

namespace symline::symbolize {

/// Nothing where no unit holds the address.
std::optional<dwarf::Evidence> evidence_at(const Module& module, FileAddress address);

/// [low, high)
struct CodeRange {
    std::uint64_t low = 0, high = 0;
};
/// The code of all functions that have a DIE, in no order.
std::vector<CodeRange> function_ranges(const Module& module);

/// Every address of the file at which the unit, the function, the line row or an inlined call may
/// change, in order. Nothing where those are more than `max`.
std::optional<std::vector<std::uint64_t>> places_of_change(const Module& module, std::size_t max);

}  // namespace symline::symbolize
