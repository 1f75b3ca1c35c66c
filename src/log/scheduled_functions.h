// Functions that run later, by name: the work item that a worker is at, lists of work items
// (sysrq-t), lists of timers (/proc/timer_list, sysrq-q), an interrupt's handlers.
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

inline constexpr std::string_view kWorkqueue = "Workqueue: ";
/// Of a work item that left a lock or took too long.
inline constexpr std::string_view kLastFunction = "last function: ";
inline constexpr std::string_view kWorkFunction = " workfn=";
inline constexpr std::string_view kSlowWork = "workqueue: ";
inline constexpr std::string_view kHogged = " hogged CPU for >";
inline constexpr Mark kWorkqueueMarks[] = {{kWorkqueue},
                                           mark_at_colon(kLastFunction),
                                           {kWorkFunction, 6},
                                           {kSlowWork, kSlowWork.find(':') - 1, kHogged}};
/// Of an interrupt that nobody cared for. In front of the name stands "[<", which every line with
/// an address in brackets has.
inline constexpr std::string_view kThreaded = " threaded [<";
inline constexpr Mark kHandlerMarks[] = {{kThreaded, 10}};
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

/// "[<00000000c8f7c1b4>] usb_hcd_irq [usbcore]", "[<…>] irq_default_primary_handler threaded [<…>]
/// dwc3_thread_interrupt [dwc3]": the handlers of an interrupt. A frame of a stack would have an
/// offset.
bool read_handlers(const LineContext& line);

}  // namespace symline::log
