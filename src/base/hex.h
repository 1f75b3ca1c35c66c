// Hexadecimal: digits, and numbers as messages and keys write them.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace symline::base {

inline constexpr char kHexDigits[] = "0123456789abcdef";

/// The value of a digit in either case; 16 for any other character.
constexpr unsigned hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a' + 10);
    if (digit >= 'A' && digit <= 'F') return static_cast<unsigned>(digit - 'A' + 10);
    return 16;
}

/// Lower case, without "0x" and leading zeros.
inline std::string hex_digits(std::uint64_t value) {
    std::array<char, 16> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, 16).ptr;
    return {text.data(), end};
}

/// "0x1f"
inline std::string hex(std::uint64_t value) {
    return "0x" + hex_digits(value);
}

}  // namespace symline::base
