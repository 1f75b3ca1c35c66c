// Stacks of bcc's tools whose lines have no offset: stackcount, offcputime, profile, wakeuptime,
// offwaketime.
//
// "    ffffffff810df082 hrtimer_wakeup" is a frame anywhere. "    hrtimer_wakeup" could be any
// text: it is one below the line with which the tool begins, and only where it is the kernel's.
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

/// How the tools begin, and what follows in the line.
inline constexpr std::string_view kByStack = "stack";
inline constexpr Mark kBccMarks[] = {{"Tracing off-CPU time (us) of ", 11, kByStack},
                                     {"Tracing blocked time (us) by ", 0, kByStack},
                                     {"Sampling at ", 0, kByStack},
                                     {"Tracing ", 0, " functions for \""}};

/// Notes the line with which a tool begins, and the one after which nothing is its own.
void note_bcc_tool(const LineContext& line);

/// True when the line is a frame, also one of a program, which has no file here.
bool read_bcc_frame(const LineContext& line);

}  // namespace symline::log
