// Stacks of bcc's tools whose lines have no offset (stackcount, offcputime, profile, wakeuptime,
// offwaketime, funcslower, capable, stacksnoop, biostacks, memleak), and tables of callers
// (klockstat, vfscount).
//
// "    ffffffff810df082 hrtimer_wakeup" is a frame anywhere. "    hrtimer_wakeup" could be any
// text: it is one below the line with which the tool begins, and only where it is the kernel's.
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

/// How the tools begin, and what follows in the line.
inline constexpr std::string_view kByStack = "stack";
inline constexpr std::string_view kSampling = "Sampling at ";
inline constexpr std::string_view kSlowCalls = "Tracing function calls slower than ";
inline constexpr std::string_view kBlockIo = "Tracing block I/O with init stacks";
/// Titles of columns: stacksnoop's, and capable's with the result of the check.
inline constexpr std::string_view kCallTitle = "TIME(s) ";
inline constexpr std::string_view kVerdict = " VERDICT";
/// klockstat's, of locks that were waited for and that were held; vfscount's.
inline constexpr std::string_view kLockTitle = " Caller ";
inline constexpr std::string_view kCountTitle = "ADDR  ";
/// memleak's line above a stack.
inline constexpr std::string_view kAllocations = " allocations from stack";
inline constexpr Mark kBccMarks[] = {{"Tracing off-CPU time (us) of ", 11, kByStack},
                                     {"Tracing blocked time (us) by ", 0, kByStack},
                                     {kSampling, 0, " Hertz of "},
                                     {"Tracing ", 0, " functions for \""},
                                     {kSlowCalls, 0},
                                     {kBlockIo, 15},
                                     {kCallTitle, 3, " SYSCALL"},
                                     {kCallTitle, 3, " FUNC"},
                                     {kVerdict, 1},
                                     {kLockTitle, 1, " Avg "},
                                     {kCountTitle, 0, " FUNC  "},
                                     {kAllocations, 4}};

/// Notes the line with which a tool begins, and the one after which nothing is its own.
void note_bcc_tool(const LineContext& line);

/// True when the line is a frame, also one of a program, which has no file here.
bool read_bcc_frame(const LineContext& line);

}  // namespace symline::log
