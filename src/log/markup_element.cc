#include "log/markup_element.h"

#include <charconv>

namespace symline::log {
namespace {

constexpr std::string_view kOpen = "{{{";
constexpr std::string_view kClose = "}}}";

/// All of the text, in that base.
std::optional<std::uint64_t> number(std::string_view text, int base) {
    std::uint64_t value = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || at != text.data() + text.size()) return std::nullopt;
    return value;
}

int base_of(char letter) {
    switch (letter) {
        case 'x':
        case 'X': return 16;
        case 'b':
        case 'B': return 2;
        case 'o': return 8;
        default: return 0;
    }
}

MarkupElement element(std::string_view text, std::string_view content) {
    MarkupElement found{.text = text, .tag = {}, .fields = {}};
    auto colon = content.find(':');
    found.tag = content.substr(0, colon);
    while (colon != std::string_view::npos) {
        content.remove_prefix(colon + 1);
        colon = content.find(':');
        found.fields.push_back(content.substr(0, colon));
    }
    return found;
}

}  // namespace

std::optional<MarkupElement> next_markup_element(std::string_view line, std::size_t from) {
    while (true) {
        const auto begin = line.find(kOpen, from);
        if (begin == std::string_view::npos) return std::nullopt;
        const auto content = begin + kOpen.size();
        const auto close = line.find(kClose, content);
        if (close == std::string_view::npos) return std::nullopt;
        from = close + kClose.size();
        auto found =
            element(line.substr(begin, from - begin), line.substr(content, close - content));
        if (!found.tag.empty()) return found;
    }
}

std::optional<std::uint64_t> markup_integer(std::string_view text) {
    if (text.size() < 2 || text[0] != '0') return number(text, 10);
    if (const int base = base_of(text[1])) return number(text.substr(2), base);
    return number(text.substr(1), 8);
}

std::optional<std::uint64_t> markup_address(std::string_view text) {
    if (text.empty()) return std::nullopt;
    if (text.find_first_not_of('0') == std::string_view::npos) return 0;
    return text.starts_with("0x") ? number(text.substr(2), 16) : std::nullopt;
}

}  // namespace symline::log
