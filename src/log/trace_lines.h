// ftrace's lines that name functions without an offset, or user space: " => tcp_v4_rcv",
// " => __kmalloc (ffffffff849d7445)", "vfs_read <-ksys_read", " => /bin/busybox[+0x600d3]", and the
// list of kprobes.
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

inline constexpr std::string_view kFrameArrow = "=> ";
inline constexpr std::string_view kCallerArrow = " <-";
inline constexpr Mark kTraceMarks[] = {{kFrameArrow}, {kCallerArrow, 1}};

/// True when the line is one of these; those with "symbol+0xOFFSET/0xSIZE" are not.
bool read_trace_line(const LineContext& line);

}  // namespace symline::log
