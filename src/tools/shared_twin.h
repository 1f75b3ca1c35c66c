// The statically linked program and its dynamically linked twin.
//
// Half of the time of a short run was spent in the dynamic loader, which a static program does not
// need (0.15 ms a start). But a static program cannot load libraries on demand, and those that
// fetch files and unpack packages are. A run that may need one of them is left to a second program,
// built from the same source and linked dynamically, which replaces the first before any input is
// read.
#pragma once

#include "tools/addr2line_options.h"

namespace symline::tools {

/// Whether the answers may need a library that is loaded on demand: to ask servers, read packages,
/// or decompress cores and kernel images.
bool needs_libraries(const Addr2lineOptions& options);

/// Replaces this process by the twin, with the same arguments. Returns if there is no twin.
void become_shared_twin(char** arguments);

}  // namespace symline::tools
