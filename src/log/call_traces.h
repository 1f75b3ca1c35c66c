// Stacks that tools print outermost first, with what the functions returned, and the processor's
// records of branches: retsnoop. Also the stack that rtla prints of the thread that delayed a
// timer.
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

/// The titles of retsnoop's trace of calls; until 2023 it was called a trace.
inline constexpr std::string_view kCallTraces[] = {"FUNCTION CALLS  ", "FUNCTION CALL TRACE  "};
inline constexpr std::string_view kResultTitle = "  RESULT";
/// How the lines of its branch records begin, and what stands between a branch and its target.
inline constexpr std::string_view kBranch = "[#";
inline constexpr std::string_view kBranchArrow = "  ->  ";
inline constexpr std::string_view kBlockingStack = "Blocking thread stack trace";
inline constexpr Mark kCallTraceMarks[] = {{kCallTraces[0], 5, kResultTitle},
                                           {kCallTraces[1], 5, kResultTitle},
                                           {kBlockingStack},
                                           {"us [", 2, "]  "},
                                           {"... [...]  ", 4},
                                           {kBranch, 0, kBranchArrow}};

/// How far frames without a result are indented at least.
inline constexpr std::size_t kCallTraceIndent = 4;

/// True when the line is a frame of theirs.
bool read_call_trace(const LineContext& line);

}  // namespace symline::log
