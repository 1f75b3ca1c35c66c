// Finds a line for an address whose own line is 0.
#pragma once

#include "symline/module.h"
#include "tools/addr2line_options.h"

namespace symline::tools {

/// If the innermost frame of `lookup` has line 0, gives it the line of the nearest address before
/// or after it in the same chain of functions that has one. Returns whose line it is.
output::Precision approximate_line(const Module& module, FileAddress address,
                                   Approximation direction, Lookup& lookup);

}  // namespace symline::tools
