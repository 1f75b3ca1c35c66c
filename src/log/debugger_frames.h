// Stacks that debuggers print: the crash utility, gdb, eu-stack,
// coredumpctl, AddressSanitizer.
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

inline constexpr std::string_view kCrashException = "[exception RIP: ";
inline constexpr Mark kCrashMarks[] = {{kCrashException}};

/// True when the line is a debugger's "#N ..." frame, resolved or not, or crash's exception frame.
bool read_debugger_frame(const LineContext& line);

}  // namespace symline::log
