// What a module's debug information lists of calls: see dwarf/call_sites.h. An index has none of
// it, so that the debug file is read also where an index answers all else; it is not fetched for
// that.
#pragma once

#include <optional>

#include "dwarf/call_sites.h"
#include "symline/module.h"

namespace symline::symbolize {

std::optional<dwarf::CallSite> call_returning_to(const Module& module, FileAddress return_address);
std::optional<dwarf::TailCallingFunction> tail_calls_at(const Module& module, FileAddress address);

}  // namespace symline::symbolize
