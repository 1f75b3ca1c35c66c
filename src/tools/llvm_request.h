// A line of input as llvm-addr2line and llvm-symbolizer take it apart:
// [CODE|DATA|FRAME] [[FILE:]FILE | BUILDID:HEX] ADDRESS|SYMBOL[+OFFSET]
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "symline/build_id.h"
#include "tools/input.h"

namespace symline::tools {

/// How numbers are written.
enum class NumberForm {
    hexadecimal,  ///< with or without 0x: llvm-addr2line
    prefixed,     ///< see prefixed_number(): llvm-symbolizer
};

struct LlvmLineSyntax {
    NumberForm numbers = NumberForm::hexadecimal;
    bool module_given = false;  ///< -e or --build-id says which file is meant
};

/// A number as C writes it: after 0x, 0b, 0o or 0 to the base that these stand for, otherwise
/// decimal. Nothing for other text, and for what is too large.
std::optional<std::uint64_t> prefixed_number(std::string_view text);

/// As LLVM reads a build id (22.1.8): an odd number of digits lacks the first one, which is 0.
std::optional<BuildId> parse_llvm_build_id(std::string_view hex);

/// What is wrong with the line, in LLVM's words. They are empty for an empty line, with which a
/// caller of a coprocess asks whether it lives.
std::expected<Request, std::string_view> parse_llvm_request(std::string_view line,
                                                            LlvmLineSyntax syntax);

}  // namespace symline::tools
