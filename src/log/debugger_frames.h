// Stacks that debuggers print: the crash utility, gdb, eu-stack,
// coredumpctl, AddressSanitizer.
#pragma once

#include "log/line_context.h"

namespace symline::log {

/// True when the line is a debugger's "#N ..." frame, resolved or not, or crash's exception frame.
bool read_debugger_frame(const LineContext& line);

}  // namespace symline::log
