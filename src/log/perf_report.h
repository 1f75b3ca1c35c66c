// perf report --stdio: names of functions, with call graphs or folded.
#pragma once

#include "log/line_context.h"

namespace symline::log {

/// True when the line is part of a report.
bool read_perf_report(const LineContext& line);

}  // namespace symline::log
