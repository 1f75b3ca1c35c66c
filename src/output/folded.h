// Stacks in the form that flamegraph.pl and its like read: one line for each different stack,
// "name;outermost;...;innermost 3", with the number of threads that have it.
#pragma once

#include <string>

#include "output/core_report.h"

namespace symline::output {

/// Sorted, as stackcollapse-perf.pl does it. A function that was inlined is a frame of its own; a
/// place without a function is its file in brackets.
void append_folded(std::string& out, const CoreReport& report, const NameStyle& names);

}  // namespace symline::output
