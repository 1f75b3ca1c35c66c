// User addresses that come with the file they are in: kernel messages of crashed programs,
// eu-stack's build ids, glibc's backtrace_symbols().
#pragma once

#include "log/line_context.h"

namespace symline::log {

bool read_segfault(const LineContext& line);
bool read_build_id_frame(const LineContext& line);
bool read_backtrace_symbol(const LineContext& line);

}  // namespace symline::log
