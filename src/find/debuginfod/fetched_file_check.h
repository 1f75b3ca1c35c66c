// Checks that a server sent the file that was asked for.
#pragma once

#include <string>

#include "find/debuginfod/debuginfod.h"

namespace symline::find {

/// What is wrong with it: another build id, a web page, a truncated ELF file. Empty: nothing.
std::string fault_of(const std::string& path, const FetchRequest& request);

}  // namespace symline::find
