// The report of `symline core` on standard output, of a process and of a kernel alike.
#pragma once

#include "output/core_report.h"
#include "output/names.h"
#include "tools/core_options.h"
#include "tools/standard_output.h"

namespace symline::tools {

/// Of `names` the choices for paths count.
void print_core(const output::CoreReport& report, CoreFormat format, output::NameStyle names,
                StandardOutput& output);

}  // namespace symline::tools
