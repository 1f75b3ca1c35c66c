// Threads that stand at the same place, such as the idle ones of a pool, as one.
#pragma once

#include <vector>

#include "symline/stack_trace.h"

namespace symline::process {

/// Indexes into `stacks`: each group has the same frames; the crashing thread's comes first, the
/// others in the order of their first thread.
std::vector<std::vector<std::size_t>> fold_stacks(const std::vector<StackTrace>& stacks);

}  // namespace symline::process
