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

/// The caller of a frame whose registers are known in part. A frame that a jump to a wrong address
/// made is considered only where `pc_kind` is exact. The error says why no caller is found.
std::expected<ChainStep, std::string> step_without_cfi(const UnwindSource& source,
                                                       const Registers& registers,
                                                       CodeKind pc_kind);

}  // namespace symline::process
