#include "log/text.h"

#include <algorithm>

namespace symline::log {

namespace {

std::uint64_t hex_value(char c) {
    if (is_digit(c)) return static_cast<std::uint64_t>(c - '0');
    return static_cast<std::uint64_t>((c | 0x20) - 'a') + 10;
}

}  // namespace

std::optional<Number> Cursor::hex() {
    Number number;
    auto end = at_;
    for (; end < text_.size() && is_hex(text_[end]); ++end) {
        if (++number.digits > 16) return std::nullopt;
        number.value = number.value << 4 | hex_value(text_[end]);
    }
    if (number.digits == 0) return std::nullopt;
    at_ = end;
    return number;
}

std::optional<Number> Cursor::prefixed_hex() {
    const auto from = at_;
    if (!take("0x")) return std::nullopt;
    auto number = hex();
    if (!number) at_ = from;
    return number;
}

std::optional<Number> Cursor::any_hex() {
    if (auto number = prefixed_hex()) return number;
    return hex();
}

std::optional<Number> Cursor::decimal() {
    Number number;
    auto end = at_;
    for (; end < text_.size() && is_digit(text_[end]); ++end) {
        if (++number.digits > 19) return std::nullopt;
        number.value = number.value * 10 + static_cast<std::uint64_t>(text_[end] - '0');
    }
    if (number.digits == 0) return std::nullopt;
    at_ = end;
    return number;
}

std::string_view Cursor::symbol() {
    if (done() || !is_symbol_start(text_[at_])) return {};
    auto end = at_;
    while (end < text_.size() && is_symbol_char(text_[end])) {
        if (++end - at_ > kMaxSymbol) return {};
    }
    const auto found = text_.substr(at_, end - at_);
    at_ = end;
    return found;
}

std::string_view Cursor::word() {
    const auto from = at_;
    while (!done() && !is_space(text_[at_])) ++at_;
    return text_.substr(std::min(from, text_.size()), at_ - from);
}

bool Cursor::at_end() {
    skip_spaces();
    return done();
}

std::string_view trimmed_right(std::string_view text) {
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string_view trimmed(std::string_view text) {
    text = trimmed_right(text);
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    return text;
}

std::string_view last_word(std::string_view text) {
    auto from = text.size();
    const auto limit = from > 128 ? from - 128 : 0;
    while (from > limit && !is_space(text[from - 1])) --from;
    return text.substr(from);
}

bool is_kernel_address(const Number& address) {
    if (address.digits == 16) return address.value >> 63 != 0;
    return address.digits == 8 && address.value >= 0x80000000;
}

bool is_hashed(const Number& address) {
    return address.digits == 16 && address.value >> 32 == 0;
}

}  // namespace symline::log
