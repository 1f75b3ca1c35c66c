#include "tools/input.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <system_error>

#include "base/text.h"

namespace symline::tools {
namespace {

using base::is_digit;

constexpr std::string_view kWhiteSpace = " \t\r\n\v\f";

std::string_view trim(std::string_view text) {
    text = text.substr(0, text.find('\0'));
    const auto first = text.find_first_not_of(kWhiteSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

struct Number {
    std::optional<std::uint64_t> value;
    std::size_t length = 0;  ///< characters that belong to it, with its 0x
    bool overflowed = false;
};

Number leading_number(std::string_view text, int base) {
    std::uint64_t value = 0;
    const auto* begin = text.data();
    const auto [end, error] = std::from_chars(begin, begin + text.size(), value, base);
    if (end == begin) return {};
    const bool overflowed = error == std::errc::result_out_of_range;
    // GNU bfd_scan_vma saturates too.
    if (overflowed) value = UINT64_MAX;
    return {value, static_cast<std::size_t>(end - begin), overflowed};
}

bool has_0x(std::string_view text) {
    return text.starts_with("0x") || text.starts_with("0X");
}

Number leading_hex(std::string_view text) {
    if (!has_0x(text)) return leading_number(text, 16);
    auto number = leading_number(text.substr(2), 16);
    // "0x" and no digit after it: the number is the 0.
    if (!number.value) return {0, 1, false};
    number.length += 2;
    return number;
}

/// A number, and a size after it that a log may have ("0x16/0x40").
std::optional<std::uint64_t> parse_offset(std::string_view text) {
    const auto number = has_0x(text) ? leading_hex(text) : leading_number(text, 10);
    const auto rest = text.substr(number.length);
    if (number.length == 0 || (!rest.empty() && rest.front() != '/')) return std::nullopt;
    return number.value;
}

/// A number of fewer digits may well be a function's name ("add", "f1").
constexpr std::size_t kMinAddressDigits = 8;

/// Values of hexadecimal digits; kNoDigit for other characters.
constexpr std::uint8_t kNoDigit = 0x80;
constexpr std::array<std::uint8_t, 256> kDigits = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNoDigit);
    for (std::uint8_t i = 0; i < 10; ++i) values['0' + i] = i;
    for (std::uint8_t i = 0; i < 6; ++i) values['a' + i] = values['A' + i] = 10 + i;
    return values;
}();

}  // namespace

std::optional<std::uint64_t> plain_address(std::string_view text) {
    constexpr std::size_t kMaxDigits = 16;
    const bool prefixed = text.starts_with("0x");
    const std::string_view digits = text.substr(prefixed ? 2 : 0);
    const std::size_t min_digits = prefixed ? 1 : kMinAddressDigits;
    if (digits.size() < min_digits || digits.size() > kMaxDigits) return std::nullopt;
    std::uint64_t value = 0;
    std::uint8_t all = 0;
    const auto take = [&](char c) {
        const std::uint8_t digit = kDigits[static_cast<unsigned char>(c)];
        all |= digit;
        value = value << 4 | digit;
    };
    if (digits.size() == kMaxDigits) {
#pragma GCC unroll 16
        for (std::size_t i = 0; i < kMaxDigits; ++i) take(digits[i]);
    } else {
        for (const char c : digits) take(c);
    }
    if ((all & kNoDigit) != 0) return std::nullopt;
    return value;
}

Input parse_input(std::string_view text) {
    if (const auto address = plain_address(text)) {
        return {.number = address, .whole_number = true, .surely_number = true, .name = text};
    }
    text = trim(text);
    Input input;
    if (text.starts_with('+')) text.remove_prefix(1);
    if (text.empty()) return input;
    const auto number = leading_hex(text);
    input.number = number.value;
    const auto rest = text.substr(number.length);
    input.whole_number =
        number.value && !number.overflowed && rest.find_first_not_of(kWhiteSpace) != 0;
    input.surely_number = is_digit(text.front()) ||
                          (number.length == text.size() && text.size() >= kMinAddressDigits);
    const auto plus = text.rfind('+');
    input.name = text;
    input.has_offset = plus != std::string_view::npos;
    if (!input.has_offset) return input;
    if (const auto offset = parse_offset(trim(text.substr(plus + 1)))) {
        input.name = trim(text.substr(0, plus));
        input.offset = *offset;
    }
    return input;
}

Request parse_request(std::string_view line) {
    return {.kind = Request::Kind::code,
            .module = {},
            .build_id = {},
            .place = line,
            .input = parse_input(line)};
}

}  // namespace symline::tools
