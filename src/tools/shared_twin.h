// The program that is linked statically, and its twin that is not.
//
// Of the cost of a short run, half was the dynamic loader's: a static program has none. But it
// cannot load the libraries that are loaded when they are needed, those that fetch files and unpack
// packages. What may need one of them is therefore done by a second program, of the same source and
// linked dynamically, which the first one becomes before it has read or written anything.
#pragma once

#include "tools/addr2line_options.h"

namespace symline::tools {

/// Whether the answers may need a library that is loaded late: servers and packages to ask, cores
/// and kernel images to decompress.
bool needs_libraries(const Addr2lineOptions& options);

/// Goes on as the twin, with the same arguments. Returns when there is no twin.
void become_shared_twin(char** arguments);

}  // namespace symline::tools
