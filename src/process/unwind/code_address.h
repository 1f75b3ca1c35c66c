// A return address as it stands in a register or on the stack, which may have more bits than the
// address.
#pragma once

#include <cstdint>

#include "process/unwind/unwinder.h"

namespace symline::process {

/// Without the bits that say how the code is to be run, and without AArch64's signature.
std::uint64_t code_address(const UnwindSource& source, const Registers& registers,
                           std::uint64_t saved);

}  // namespace symline::process
