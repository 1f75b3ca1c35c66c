// The last resort where nothing tells how to unwind a frame: a look along the stack for a return
// address.
#pragma once

#include <functional>
#include <optional>

#include "process/unwind/unwinder.h"

namespace symline::process {

/// The caller's registers, as far as they are known: those of the nearest word up the stack that
/// leads to code after a call, and of which `leads_on` says that its own caller is such a place.
/// What earlier calls have left on the stack passes the first test often, and both seldom.
std::optional<Registers> scan_for_caller(
    const UnwindSource& source, const Registers& registers,
    const std::function<bool(const Registers& candidate)>& leads_on);

}  // namespace symline::process
