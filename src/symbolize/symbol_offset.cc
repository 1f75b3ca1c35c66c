#include "symline/symbol.h"

#include "base/hex.h"

namespace symline {
namespace {

/// A number as bash's arithmetic reads it: decimal, 0x hexadecimal or 0 octal, with a sign.
std::optional<std::uint64_t> parse_number(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    unsigned radix = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        radix = 16;
        text.remove_prefix(2);
    } else if (text.size() > 1 && text.front() == '0') {
        radix = 8;
        text.remove_prefix(1);
    }
    if (text.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        const unsigned digit = base::hex_value(c);
        if (digit >= radix) return std::nullopt;
        value = value * radix + digit;  // wraps, as the shell's does
    }
    return negative ? 0 - value : value;
}

}  // namespace

std::optional<SymbolOffset> SymbolOffset::parse(std::string_view text) {
    const auto last_plus = text.rfind('+');
    const auto first_plus = text.find('+');
    if (last_plus == std::string_view::npos || last_plus == 0) return std::nullopt;
    std::string_view offset = text.substr(first_plus + 1);
    offset = offset.substr(0, offset.rfind('/'));
    const auto slash = text.find('/');
    const std::string_view size =
        slash == std::string_view::npos ? std::string_view{} : text.substr(slash + 1);
    SymbolOffset place{std::string(text.substr(0, last_plus)), 0, std::nullopt};
    const auto distance = parse_number(offset);
    if (!distance) return std::nullopt;
    place.offset = *distance;
    if (size.empty()) return place;
    place.size = parse_number(size);
    if (!place.size) return std::nullopt;
    return place;
}

}  // namespace symline
