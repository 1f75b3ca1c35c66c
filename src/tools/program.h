// How every program ends.
#pragma once

#include "tools/diagnostics.h"
#include "tools/standard_output.h"

namespace symline::tools {

/// Writes out what is left and gives the exit status: 0 when `succeeded` and all was written, or
/// when the reader of a pipe has gone; else 1, with one line about a failed write.
int finish(StandardOutput& output, const Diagnostics& diagnostics, bool succeeded);

}  // namespace symline::tools
