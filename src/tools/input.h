// What users and programs type to name a place: an address, symbol+offset, section+offset.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace symline::tools {

/// One word of input, parsed without opening a file.
struct Input {
    /// The value of the longest hexadecimal prefix, saturated at 2^64-1; nothing if there is none.
    std::optional<std::uint64_t> number;
    /// Only white space follows the number, and it has not overflowed.
    bool whole_number = false;
    /// The text cannot name a symbol: it begins with a digit, or it is a hexadecimal number of at
    /// least eight digits.
    bool surely_number = false;
    /// The part before the last '+'; the whole word if there is none, or no number after it.
    std::string_view name;
    /// The number after the '+', decimal, or hexadecimal with 0x.
    std::uint64_t offset = 0;
    bool has_offset = false;  ///< there is a '+' after the name
};

/// White space around the word, a carriage return, and everything after a NUL byte are ignored. All
/// views point into `text`.
Input parse_input(std::string_view text);

/// The number that most words are: 0x and up to 16 hexadecimal digits, or 8 to 16 digits alone.
/// Nothing for other text. parse_input() gives the same answer, but takes longer.
std::optional<std::uint64_t> plain_address(std::string_view text);

struct Request {
    enum class Kind { code, data, frame };
    Kind kind = Kind::code;
    std::string_view module;    ///< empty when none is named
    std::string_view build_id;  ///< in hexadecimal; names the file where it is not empty
    std::string_view place;     ///< as typed; empty when there is none
    Input input;                ///< the place, taken apart
};

/// A line of input as GNU addr2line takes it: a place, and nothing else.
Request parse_request(std::string_view line);

}  // namespace symline::tools
