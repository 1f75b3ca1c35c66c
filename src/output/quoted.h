// Text that goes into a string of another format, as that has it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "symline/embedded_line.h"

namespace symline::output {

/// `depth`: of EmbeddedLine.
void append_quoted(std::string& out, std::string_view text, Quoting quoting, unsigned depth);

/// Whether a bare field of CSV, to which `text` is added, has to be put in quotes.
bool needs_quotes(std::string_view text, char separator);
/// Puts in quotes what `out` has from `begin` on: a field of CSV.
void quote_field(std::string& out, std::size_t begin);

}  // namespace symline::output
