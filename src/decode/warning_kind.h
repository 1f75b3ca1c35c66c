// What the first line of a warning names: the instruction that traps, or where the call of the
// function that prints the warning returns to.
//
// Linux traps on x86 since 4.12, on arm64, riscv, ppc, s390 and loongarch. On arm, mips and older
// x86 kernels "WARNING: ... at FILE:LINE symbol+offset" gives warn_slowpath_fmt()'s return address.
#pragma once

#include <deque>

#include "decode/line_window.h"
#include "log/occurrence.h"

namespace symline::decode {

/// By the report's further lines, as far as they were read: registers whose program counter is the
/// same place, or a stack where a function that prints warnings was called from it. Nothing in
/// them: as it was parsed.
void settle_warning(log::Occurrence& warning, const std::deque<WindowLine>& below);

}  // namespace symline::decode
