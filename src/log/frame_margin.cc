#include "log/frame_margin.h"

#include <algorithm>

#include "log/margin.h"
#include "log/message_front.h"
#include "log/text.h"

namespace symline::log {

namespace {

/// Words that lines of a report begin with by chance are more than a logger's.
constexpr int kMaxWords = 3;

/// Whether a symbol of no script begins at `at`: quotes, dashes, arrows, pictures.
bool is_pictorial(std::string_view text) {
    return text.starts_with("\xc2") || text.starts_with("\xe2") || text.starts_with("\xe3\x80") ||
           text.starts_with("\xef\xb8") || text.starts_with("\xf0\x9f");
}

bool has_word(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (is_letter(c) || is_digit(c) || c == '_') return true;
        const bool begins_character = (static_cast<unsigned char>(c) & 0xc0U) == 0xc0U;
        if (begins_character && !is_pictorial(text.substr(at))) return true;
    }
    return false;
}

/// Where an address begins, which belongs to the frame after it: "[<c0123456>]", "0x…",
/// "ffffffff81234567", "[c000000000001234]".
std::size_t find_address(std::string_view text) {
    constexpr std::size_t kDigits = 16, kFewestMarked = 8;
    for (std::size_t at = 0; at < text.size();) {
        const auto rest = text.substr(at);
        if (rest.starts_with("[<") && rest.size() > 2 && is_hex(rest[2])) return at;
        auto end = at;
        while (end < text.size() && is_hex(text[end])) ++end;
        const bool marked = text.substr(0, at).ends_with("0x");
        if (end - at >= (marked ? kFewestMarked : kDigits)) {
            const auto begin = marked ? at - 2 : at;
            const bool closed = end < text.size() && contains("])>", text.substr(end, 1));
            return closed && begin > 0 && contains("[(<", text.substr(begin - 1, 1)) ? begin - 1
                                                                                     : begin;
        }
        at = std::max(end, at + 1);
    }
    return text.size();
}

/// "?" and "=>" where they stand alone.
bool ends_in_lead(std::string_view text, std::string_view mark) {
    if (!text.ends_with(mark)) return false;
    text.remove_suffix(mark.size());
    return text.empty() || is_space(text.back());
}

/// Without what frames begin with: an address, "? ", "=> ", also a label that is glued to letters.
std::string_view without_lead(std::string_view text) {
    text = trimmed_right(text.substr(0, std::min(find_address(text), text.find("RIP: "))));
    for (const std::string_view mark : {"?", "=>"}) {
        if (ends_in_lead(text, mark))
            text = trimmed_right(text.substr(0, text.size() - mark.size()));
    }
    return text;
}

/// What may be around a frame.
struct Pair {
    std::string_view open, close;
};

constexpr Pair kPairs[] = {
    {"**", "**"}, {"*", "*"}, {"'", "'"}, {"\"", "\""},         {"`", "`"},           {"(", ")"},
    {"[", "]"},   {"{", "}"}, {"<", ">"}, {"\u00ab", "\u00bb"}, {"\u201c", "\u201d"},
};

/// Whether it ends in `rest`, where brackets may be opened and closed, too.
bool is_closed_in(std::string_view rest, const Pair& pair) {
    if (pair.open == pair.close) return contains(rest, pair.close);
    int depth = 0;
    for (std::size_t at = 0; at < rest.size(); ++at) {
        if (rest.substr(at).starts_with(pair.open)) ++depth;
        if (rest.substr(at).starts_with(pair.close) && depth-- == 0) return true;
    }
    return false;
}

/// Where a quote or bracket opens in `front` that is closed in `rest`, after the frame.
std::size_t find_closed_opening(std::string_view front, std::string_view rest) {
    for (std::size_t at = 0; at < front.size(); ++at) {
        for (const Pair& pair : kPairs) {
            const auto& [open, close] = pair;
            if (!front.substr(at).starts_with(open)) continue;
            const auto after = at + open.size();
            // A quote or emphasis is glued to what it is around, a bullet is not.
            if (open == close && after < front.size() && is_space(front[after])) break;
            const auto closed = front.find(close, after);
            if (closed != std::string_view::npos) {
                at = closed + close.size() - 1;
            } else if (is_closed_in(rest, pair)) {
                return at;
            }
            break;
        }
    }
    return front.size();
}

/// What no logger prints: an escape, another frame, a key of a map, a branch of a tree.
bool is_content(std::string_view text) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; };
    return text.size() > Margin::kMaxSize || contains(text, "+0x") || contains(text, "@[") ||
           text.ends_with("--") || std::ranges::any_of(text, is_control);
}

/// "10.0.0.1:", "12:34:56:": numbers that may be others on the next line.
bool is_numbers(std::string_view text) {
    int groups = 0;
    bool in_group = false;
    for (const char c : text) {
        if (is_letter(c) || is_space(c)) return false;
        groups += is_digit(c) && !in_group ? 1 : 0;
        in_group = is_digit(c);
    }
    return groups >= 2;
}

bool may_be_prose(std::string_view text) {
    if (std::ranges::any_of(text, is_digit)) return false;
    return std::ranges::count(text, ' ') >= kMaxWords;
}

bool begins_neighbour(const FrameLine& line, std::string_view front, std::string_view added) {
    if (may_be_prose(added)) return false;
    const bool numbers = is_numbers(added);
    const auto is_alike = [&](std::string_view other) {
        return numbers ? Margin::begins_alike(front, other) : other.starts_with(front);
    };
    return is_alike(line.above) || is_alike(line.below);
}

}  // namespace

std::size_t frame_margin(const FrameLine& line) {
    const auto known = line.margin, begin = line.frame.offset;
    if (begin <= known || begin > line.text.size() || begin > 2 * Margin::kMaxSize) return known;
    const auto front = find_message_front(line.text.substr(0, line.frame.end()), known);
    auto added = front < begin ? trimmed_right(line.text.substr(known, front - known))
                               : without_lead(line.text.substr(known, begin - known));
    // A name may be emphasized and its offset not.
    const auto rest = line.text.substr(begin, line.frame.size + Margin::kMaxSize);
    if (added.empty() || is_content(added)) return known;
    const auto closed = find_closed_opening(line.text.substr(known, begin - known), rest);
    added = trimmed_right(added.substr(0, closed));
    if (added.empty() || added == "b") return known;
    const auto end = known + added.size();
    if (has_word(added) && !begins_neighbour(line, line.text.substr(0, end), added)) return known;
    return std::min(line.text.find_first_not_of(" \t", end), begin);
}

}  // namespace symline::log
