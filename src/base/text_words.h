// Lines, words and numbers of text that machines write: /proc, logs, environment variables.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace symline::base {

/// Takes the next word off the front of a line; empty at its end.
inline std::string_view take_word(std::string_view& line) {
    const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    const auto word = line.substr(0, end);
    line.remove_prefix(end);
    return word;
}

/// All of `digits` as a number.
inline std::optional<std::uint64_t> number(std::string_view digits, int base) {
    if (base == 16 && digits.starts_with("0x")) digits.remove_prefix(2);
    std::uint64_t value = 0;
    const char* const begin = digits.data();
    const char* const end = begin + digits.size();
    const auto result = std::from_chars(begin, end, value, base);
    if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
    return value;
}

/// The decimal number at the front of `text`, whatever follows it.
inline std::optional<std::uint64_t> leading_number(std::string_view text) {
    std::uint64_t value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    return result.ec == std::errc() ? std::optional(value) : std::nullopt;
}

template <typename Take>
void for_each_line(std::string_view text, Take take) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        take(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

}  // namespace symline::base
