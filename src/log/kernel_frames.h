// "symbol+0xOFFSET/0xSIZE [module]" and "[<ADDRESS>]" anywhere in a line: the kernel's own reports
// of all architectures, and the tracers that print addresses as the kernel does.
#pragma once

#include "log/line_context.h"

namespace symline::log {

/// True when the line is one frame of a stack (not a register, not a sentence that names a place).
bool read_kernel_frames(const LineContext& line);

/// A line that is an address alone, with the module that it is in where the kernel has no names:
/// " 0xffffffffc05f9000", " 0xffffffc078f78a18 [mt76@00000000936acc78+0xe000]".
bool read_bare_address(const LineContext& line);

}  // namespace symline::log
