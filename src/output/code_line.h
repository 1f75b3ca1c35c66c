// The instructions of a "Code:" line as text. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "symline/code_listing.h"

namespace symline::output {

/// A line for each instruction, without margin and line end: "   +0x10: 31 c0  xorl %eax, %eax".
/// `place` follows the marked one.
std::vector<std::string> code_lines(const CodeListing& listing, std::string_view place);

/// The line as scripts/decodecode repeats it: its words, a space between each.
std::string single_spaced(std::string_view line);
/// What scripts/decodecode prints below the line: lines with their ends.
std::string decodecode(const CodeListing& listing);

/// Members of a JSON object: `,"architecture":...,"matches":...,"instructions":[...]`.
std::string json_code(const CodeListing& listing);

}  // namespace symline::output
