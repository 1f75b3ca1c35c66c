// One step up a stack without call frame information.
#pragma once

#include <expected>
#include <string>

#include "process/unwinder.h"

namespace symline::process {

struct ChainStep {
    Registers registers;  ///< of the caller, as far as they are known
    UnwoundBy way = UnwoundBy::frame_pointer;
};

/// The caller of a frame of which the registers are known in part. `exact`: nothing ran in this
/// frame yet or it was interrupted, so that a jump to a wrong address can be the reason for it.
/// The error says why there is no caller to be found.
std::expected<ChainStep, std::string> step_without_cfi(const UnwindSource& source,
                                                       const Registers& registers, bool exact);

}  // namespace symline::process
