// One step up a stack of 32-bit Arm by its unwind tables. They tell how to leave a function from
// where it calls, and nothing of its prologue.
#pragma once

#include <cstdint>
#include <expected>

#include "process/unwind/exidx_table.h"
#include "process/unwind/frame_chain.h"

namespace symline::process {

/// The registers of the caller, or why there is none: no reason where the stack begins. `table` is
/// that of the file that pc is in.
std::expected<Registers, NoStep> step_by_exidx(const UnwindSource& source, const ExidxTable& table,
                                               const Registers& registers, CodeKind pc_kind);

/// The same where there is no table, by the nearest instruction before pc that pushes the link
/// register, and those after it that make room. Nothing where that leads to no return address.
std::optional<Registers> step_by_arm_prologue(const UnwindSource& source,
                                              const Registers& registers, CodeKind pc_kind);

}  // namespace symline::process
