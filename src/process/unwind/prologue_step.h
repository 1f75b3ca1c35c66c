// One step up a stack by the instructions with which a function made its frame, where no table
// describes it: on MIPS, whose C library has call frame information for few functions, and on
// 32-bit Arm, where those that are not unwound by exceptions may have no entry.
#pragma once

#include <optional>

#include "process/unwind/unwinder.h"

namespace symline::process {

/// The registers of the caller. Nothing on other machines, and where what is found is no return
/// address.
std::optional<Registers> step_by_prologue(const UnwindSource& source, const Registers& registers,
                                          CodeKind pc_kind);

}  // namespace symline::process
