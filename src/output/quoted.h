// Text that goes into a string of another format, as that has it.
#pragma once

#include <string>
#include <string_view>

#include "symline/embedded_line.h"

namespace symline::output {

/// `depth`: of EmbeddedLine.
void append_quoted(std::string& out, std::string_view text, Quoting quoting, unsigned depth);

}  // namespace symline::output
