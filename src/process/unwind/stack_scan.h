// The last resort where nothing tells how to unwind a frame: a look along the stack for a return
// address.
#pragma once

#include <functional>
#include <optional>

#include "process/unwind/unwinder.h"

namespace symline::process {

/// How `leads_on` looks at a candidate.
enum class Candidate {
    as_found,  ///< its registers are those of the frame below
    guessed,   ///< its frame pointer is a word of the stack: the more has to fit
};

/// The caller's registers, as far as they are known: those of the nearest word up the stack that is
/// a return address, by what the call before it tells. One that leads to the frame's own function
/// is its caller. One through a register or a stub may be, where `leads_on` says that its own
/// caller is such a place, and so may one that leads to another function, which may have jumped
/// on, if there is no caller of the frame's own function before the next that may be. What earlier
/// calls have left on the stack passes one of these tests often, and both seldom. Words that were
/// read are added to `words`.
std::optional<Registers> scan_for_caller(
    const UnwindSource& source, const Registers& registers, CodeKind pc_kind,
    const std::function<bool(const Registers& candidate, Candidate how)>& leads_on,
    std::uint64_t& words);

/// Whether the call before `returns_to` leads to the function that holds `address`.
enum class CallReaches { the_function, another, unknown };
CallReaches call_reaches(const UnwindSource& source, std::uint64_t returns_to,
                         std::uint64_t address);

}  // namespace symline::process
