// Stacks that tools print outermost first, with what the functions returned: retsnoop. Also the
// stack that rtla prints of the thread that delayed a timer.
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

inline constexpr std::string_view kCallTrace = "FUNCTION CALL TRACE";
inline constexpr std::string_view kBlockingStack = "Blocking thread stack trace";
inline constexpr Mark kCallTraceMarks[] = {{kCallTrace}, {kBlockingStack}, {"us [", 2, "]  "}};

/// How far frames without a result are indented at least.
inline constexpr std::size_t kCallTraceIndent = 4;

/// True when the line is a frame of theirs.
bool read_call_trace(const LineContext& line);

}  // namespace symline::log
