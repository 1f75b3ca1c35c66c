// A line for an address whose own line is 0.
#pragma once

#include "symline/module.h"
#include "tools/addr2line_options.h"

namespace symline::tools {

/// When the innermost frame of `lookup` has line 0, looks at the addresses before or after it, as
/// long as they lie in the same chain of functions, and takes the first line that it finds.
/// Returns whose line it is.
output::Precision approximate_line(const Module& module, FileAddress address,
                                   Approximation direction, Lookup& lookup);

}  // namespace symline::tools
