#include "log/text.h"

#include <algorithm>

namespace symline::log {

namespace {

constexpr std::uint8_t kNoDigit = 0xff;
constexpr auto kDigitValues = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(kNoDigit);
    for (unsigned i = 0; i < 10; ++i) values['0' + i] = static_cast<std::uint8_t>(i);
    for (unsigned i = 0; i < 6; ++i)
        values['a' + i] = values['A' + i] = static_cast<std::uint8_t>(10 + i);
    return values;
}();

}  // namespace

std::optional<Number> Cursor::hex() {
    constexpr std::size_t kMaxDigits = 16;
    std::uint64_t value = 0;
    auto end = at_;
    for (; end < text_.size(); ++end) {
        const auto digit = kDigitValues[static_cast<unsigned char>(text_[end])];
        if (digit == kNoDigit) break;
        value = value << 4 | digit;
    }
    const auto digits = end - at_;
    if (digits == 0 || digits > kMaxDigits) return std::nullopt;
    at_ = end;
    return Number{value, digits};
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
    if (address.digits == 16) return address.value >> 63 != 0 && address.value != UINT64_MAX;
    return address.digits == 8 && address.value >= 0x80000000 && address.value != UINT32_MAX;
}

bool ends_with_user_segment(std::string_view text) {
    constexpr std::size_t kDigits = 4;
    if (text.size() <= kDigits || text.back() != ':') return false;
    Cursor at(text, text.size() - 1 - kDigits);
    const auto selector = at.hex();
    return selector && selector->digits == kDigits && (selector->value & 3) == 3;
}

bool is_hashed(const Number& address) {
    return address.digits == 16 && address.value >> 32 == 0;
}

}  // namespace symline::log
