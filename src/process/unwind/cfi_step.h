// One step up a stack by call frame information.
#pragma once

#include <expected>

#include "dwarf/call_frame_rules.h"
#include "process/unwind/frame_chain.h"
#include "process/unwind/unwinder.h"

namespace symline::process {

struct CfiStep {
    Registers registers;     ///< of the caller, as far as they are known
    bool outermost = false;  ///< there is none: the rules say so, or its address is 0
};

/// `rules` are those of the instruction that `registers` stand at. `bias`: runtime address minus
/// the file's.
std::expected<CfiStep, NoStep> step_by_cfi(const UnwindSource& source, const Registers& registers,
                                           const dwarf::CallFrameRules& rules, std::uint64_t bias);

}  // namespace symline::process
