// What users and programs type to name a place: an address, symbol+offset, section+offset, and
// around it what llvm-symbolizer knows: the kind of the answer, and the module.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace symline::tools {

/// One word of input, taken apart without looking into any file.
struct Input {
    /// The value of the longest hexadecimal prefix, saturated at 2^64-1; nothing when the text has
    /// none.
    std::optional<std::uint64_t> number;
    /// True when nothing but white space follows the number, and it has not overflowed.
    bool whole_number = false;
    /// True when the text cannot name a symbol: it begins with a digit, or is one hexadecimal
    /// number of at least eight digits.
    bool surely_number = false;
    /// What stands before the last '+'; the whole word when there is none.
    std::string_view name;
    /// What follows the '+': decimal, or hexadecimal with 0x; what is no number is 0.
    std::uint64_t offset = 0;
    bool has_offset = false;  ///< there is a '+' after the name
};

/// White space around the word, a carriage return and everything from a NUL byte on are ignored.
/// All views lie in `text`.
Input parse_input(std::string_view text);

/// What most words are, for which parse_input() says so too: 0x and up to 16 hexadecimal digits,
/// nothing else. Nothing for other text.
std::optional<std::uint64_t> plain_address(std::string_view text);

/// What stands in a line of input.
enum class LineSyntax {
    place,              ///< ADDRESS, all that GNU addr2line knows
    kind_place,         ///< [CODE|DATA|FRAME] ADDRESS
    kind_module_place,  ///< [CODE|DATA|FRAME] MODULE ADDRESS; the module may be in quotes
};

struct Request {
    enum class Kind { code, data, frame };
    Kind kind = Kind::code;
    std::string_view module;  ///< empty when none is named
    std::string_view place;   ///< as typed; empty when there is none
    Input input;              ///< the place, taken apart
};

Request parse_request(std::string_view line, LineSyntax syntax);

}  // namespace symline::tools
