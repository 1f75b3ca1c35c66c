// One step up a stack of 32-bit Arm by its unwind tables. They tell how to leave a function from
// where it calls, and nothing of its prologue.
#pragma once

#include <cstdint>
#include <expected>

#include "process/unwind/exidx_table.h"
#include "process/unwind/frame_chain.h"

namespace symline::process {

/// The registers of the caller, or why there is none: no reason where the stack begins. `file` is
/// the one that pc is in.
std::expected<Registers, NoStep> step_by_exidx(const UnwindSource& source, const ExidxFile& file,
                                               const Registers& registers, CodeKind pc_kind);

}  // namespace symline::process
