// Is a file that a server sent the one that was asked for?
#pragma once

#include <string>

#include "find/debuginfod/debuginfod.h"

namespace symline::find {

/// Why not: another build id, a web page, an ELF file that ends too early. Empty when it is.
std::string fault_of(const std::string& path, const FetchRequest& request);

}  // namespace symline::find
