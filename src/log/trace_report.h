// trace-cmd report, which names ftrace's events by words, and what the latency tracers (irqsoff,
// preemptoff, wakeup) and criticalstat print of where interrupts or preemption were off.
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

/// Events by the function tracers, after the event's time.
inline constexpr std::string_view kFunctionEvent = ": function:  ";
inline constexpr std::string_view kEntryEvent = ": funcgraph_entry: ";
inline constexpr std::string_view kExitEvent = ": funcgraph_exit: ";
/// Where interrupts or preemption were switched off, and where on again.
inline constexpr std::string_view kStartedAt = "=> started at: ";
inline constexpr std::string_view kEndedAt = "=> ended at: ";
/// The same as bcc's criticalstat prints it.
inline constexpr std::string_view kSectionStart = "Section start: ";
inline constexpr std::string_view kSectionEnd = "Section end:   ";
inline constexpr Mark kTraceReportMarks[] = {{kSectionStart, 0},
                                             {kSectionEnd, 0},
                                             mark_at_colon(kFunctionEvent),
                                             mark_at_colon(kEntryEvent),
                                             mark_at_colon(kExitEvent),
                                             {kStartedAt},
                                             {kEndedAt}};

/// True when the line is one of these.
bool read_trace_report(const LineContext& line);

}  // namespace symline::log
