// A parse as text, for tables of cases.
#pragma once

#include <string>
#include <string_view>

#include "log/occurrence.h"

namespace symline::test {

/// One line for each occurrence, then one for the facts if there are any; empty when nothing is
/// found.
std::string parse_text(std::string_view line, const log::ParsedLine& parsed);

}  // namespace symline::test
