// Functions that run later, by name: the work item that a worker is at, lists of work items
// (sysrq-t), lists of timers (/proc/timer_list, sysrq-q).
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

inline constexpr std::string_view kWorkqueue = "Workqueue: ";
inline constexpr Mark kWorkqueueMarks[] = {{kWorkqueue}};
/// Lists of work items. Those of the first one have a worker.
inline constexpr std::string_view kInFlight = "in-flight: ";
inline constexpr Mark kWorkMarks[] = {mark_at_colon(kInFlight), mark_at_colon("pending: "),
                                      mark_at_colon("inactive: "), mark_at_colon("delayed: ")};
/// What a timer or a clock has functions for.
inline constexpr Mark kTimerMarks[] = {mark_at_colon(".get_time: "),
                                       mark_at_colon("event_handler: "),
                                       mark_at_colon("set_next_event: ")};

/// True when the line is one of these.
bool read_scheduled_functions(const LineContext& line);

}  // namespace symline::log
