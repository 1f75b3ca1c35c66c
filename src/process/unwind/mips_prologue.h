// The prologues of MIPS code, of 32 and 64 bits.
#pragma once

#include <optional>

#include "process/unwind/unwinder.h"

namespace symline::process {

/// The registers of the caller, by the nearest instruction before pc that makes a frame and those
/// that save registers in it. Nothing where that leads to no return address.
std::optional<Registers> step_by_mips_prologue(const UnwindSource& source,
                                               const Registers& registers, CodeKind pc_kind);

}  // namespace symline::process
