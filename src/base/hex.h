// Numbers in hexadecimal, as messages and keys write them.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace symline::base {

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
