// Functions that run later, by name: the work item that a worker is at, lists of work items
// (sysrq-t), lists of timers (/proc/timer_list, sysrq-q).
#pragma once

#include "log/line_context.h"

namespace symline::log {

/// True when the line is one of these.
bool read_scheduled_functions(const LineContext& line);

}  // namespace symline::log
