#include "log/plain_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "log/byte_scan.h"
#include "log/text.h"

namespace symline::log {

namespace {

/// What stands for another character, or for none.
struct Escape {
    std::size_t size = 0;  ///< 0: it is none
    std::optional<char> character{};
};

/// What follows the ESC of "ESC[1;31m", "ESC(B": its size; 0: nothing that is known.
std::size_t control_size(std::string_view rest) {
    constexpr std::size_t kMaxControl = 32;
    if (rest.starts_with("(") && rest.size() >= 2) return 2;
    if (!rest.starts_with("[")) return 0;
    for (std::size_t at = 1; at < std::min(rest.size(), kMaxControl); ++at) {
        const char c = rest[at];
        if (c >= '@' && c <= '~') return at + 1;
        if (c < ' ' || c > '?') return 0;
    }
    return 0;
}

/// ESC itself, or as it was written out ("#033", "\u001b", "^["), and what follows it.
Escape control(std::string_view rest, std::size_t escape) {
    const auto size = control_size(rest.substr(std::min(escape, rest.size())));
    return size == 0 ? Escape{} : Escape{escape + size};
}

struct Name {
    std::string_view text;
    char character;
};

template <std::size_t kSize>
Escape named(std::string_view rest, const Name (&names)[kSize]) {
    for (const Name& name : names) {
        if (rest.starts_with(name.text)) return {name.text.size(), name.character};
    }
    return {};
}

/// "&#43;", "&#x2b;": ASCII alone.
Escape numbered_entity(std::string_view rest) {
    Cursor at(rest, 2);
    const auto number = at.take('x') || at.take('X') ? at.hex() : at.decimal();
    if (!number || number->value < ' ' || number->value > '~' || !at.take(';')) return {};
    return {at.at(), static_cast<char>(number->value)};
}

Escape entity(std::string_view rest) {
    constexpr Name kNames[] = {{"&lt;", '<'},   {"&gt;", '>'},    {"&amp;", '&'},
                               {"&quot;", '"'}, {"&apos;", '\''}, {"&nbsp;", ' '}};
    return rest.starts_with("&#") ? numbered_entity(rest) : named(rest, kNames);
}

/// Markdown's "\_", and what writers of JSON do not print in a string as it is.
Escape backslash(std::string_view rest) {
    constexpr Name kNames[] = {{"\\u003c", '<'}, {"\\u003e", '>'}, {"\\u0026", '&'},
                               {"\\u003C", '<'}, {"\\u003E", '>'}, {"\\u0027", '\''}};
    if (rest.size() < 2) return {};
    if (contains("_+*[]<>()#-.!~|`=", rest.substr(1, 1))) return {2, rest[1]};
    constexpr Name kControls[] = {{"\\u001b", '\0'}, {"\\u001B", '\0'}, {"\\033", '\0'},
                                  {"\\x1b", '\0'},   {"\\x1B", '\0'},   {"\\e", '\0'}};
    if (const auto written = named(rest, kControls); written.size != 0)
        return control(rest, written.size);
    return named(rest, kNames);
}

/// rsyslog's control characters, in octal.
Escape octal(std::string_view rest) {
    constexpr Name kNames[] = {{"#012", '\n'}, {"#011", '\t'}};
    if (rest.starts_with("#033")) return control(rest, 4);
    return named(rest, kNames);
}

/// "<b>", "</span>", "<a href=…>" at the start of the text: its size; 0: another tag or none.
std::size_t inline_tag_size(std::string_view text) {
    constexpr std::size_t kMaxTag = 512;
    constexpr std::string_view kNames[] = {"a",      "b",   "code", "em",   "font",  "i",
                                           "ins",    "kbd", "mark", "samp", "small", "span",
                                           "strong", "sub", "tt",   "u",    "var"};
    const auto from = text.starts_with("</") ? std::size_t{2} : std::size_t{1};
    auto end = from;
    while (end < text.size() && is_letter(text[end])) ++end;
    if (end == text.size() || (text[end] != '>' && text[end] != ' ')) return 0;
    if (std::ranges::find(kNames, text.substr(from, end - from)) == std::end(kNames)) return 0;
    const auto close = text.substr(0, kMaxTag).find('>', end);
    return close == std::string_view::npos ? 0 : close + 1;
}

/// How much of `text` at `at` is marks of emphasis: "**", "`", "<b>", "</span>", several of them.
std::size_t emphasis_size(std::string_view text, std::size_t at) {
    const auto from = at;
    while (at < text.size()) {
        const auto rest = text.substr(at);
        const bool is_mark = rest.front() == '*' || rest.front() == '`';
        const auto size = is_mark ? 1 : rest.front() == '<' ? inline_tag_size(rest) : 0;
        if (size == 0) break;
        at += size;
    }
    return at - from;
}

/// "+0x12", "/<i>0x40</i>"
bool begins_offset(std::string_view text, std::size_t at) {
    if (at >= text.size() || (text[at] != '+' && text[at] != '/')) return false;
    const auto number = at + 1 + emphasis_size(text, at + 1);
    return number < text.size() && is_digit(text[number]);
}

/// The marks in "<b>name</b>+0x12/0x40", "`name`+0x12", "name+<i>0x12</i>/<i>0x40</i>", which stand
/// in front of a name that has its offset after them, or between the two.
Escape emphasis(std::string_view line, std::size_t at) {
    const auto size = emphasis_size(line, at);
    if (size == 0) return {};
    const char before = at == 0 ? ' ' : line[at - 1];
    auto next = at + size;
    if (before == '+' || before == '/') {
        return next < line.size() && is_digit(line[next]) ? Escape{size} : Escape{};
    }
    if (is_symbol_char(before)) return begins_offset(line, next) ? Escape{size} : Escape{};
    while (next < line.size() && is_symbol_char(line[next])) ++next;
    const auto after = emphasis_size(line, next);
    const bool has_name = next != at + size && after != 0;
    return has_name && begins_offset(line, next + after) ? Escape{size} : Escape{};
}

constexpr CharSet kBeginsEmphasis("<*`");

/// Whether marks stand next to the sign of an offset; most lines have none.
bool has_emphasis(std::string_view line) {
    static constexpr CharSet kEnds(">*`");
    for (auto at = line.find('+'); at != std::string_view::npos; at = line.find('+', at + 1)) {
        if (at > 0 && kEnds(line[at - 1])) return true;
        if (at + 1 < line.size() && kBeginsEmphasis(line[at + 1])) return true;
    }
    return false;
}

Escape escape_at(std::string_view line, std::size_t at) {
    const auto rest = line.substr(at);
    switch (line[at]) {
        case '<':
        case '*':
        case '`': return emphasis(line, at);
        case '\x1b': return control(rest, 1);
        case '^': return rest.starts_with("^[") ? control(rest, 2) : Escape{};
        case '&': return entity(rest);
        case '\\': return backslash(rest);
        case '#': return octal(rest);
        // A space that does not break, in UTF-8.
        case '\xc2': return rest.starts_with("\xc2\xa0") ? Escape{2, ' '} : Escape{};
        default: return {};
    }
}

/// What an escape may begin with; most lines have none of these.
constexpr CharSet kMayBegin("\x1b^&\\#\xc2");
constexpr CharSet kMayBeginEmphasis("\x1b^&\\#\xc2<*`");
bool may_have_escapes(std::string_view line) {
    return contains_any<'\x1b', '^', '&', '\\', '#', '\xc2'>(line);
}

/// Where the first escape at or after `at` is; the end of the line where there is none.
std::size_t next_escape(std::string_view line, std::size_t at, const CharSet& may_begin,
                        Escape& found) {
    for (; at < line.size(); ++at) {
        if (!may_begin(line[at])) continue;
        found = escape_at(line, at);
        if (found.size != 0) break;
    }
    return at;
}

struct Pair {
    std::string_view open;
    std::string_view close;
    bool together = true;  ///< one alone is none
};

constexpr Pair kPairs[] = {{"`", "`"},
                           {"**", "**"},
                           {"\"", "\""},
                           {"'", "'"},
                           {"<pre>", "</pre>", false},
                           {"<code>", "</code>", false},
                           {"<p>", "</p>", false},
                           {"<br>", "<br>", false},
                           {"<br/>", "<br/>", false},
                           {"<br />", "<br />", false}};

struct Wrapping {
    std::size_t front = 0;
    std::size_t back = 0;
};

bool take_pair(std::string_view& inner, Wrapping& wrapping, const Pair& pair) {
    const bool opens = inner.starts_with(pair.open);
    const auto end = trimmed_right(inner);
    const auto both = pair.open.size() + pair.close.size();
    const bool closes = end.ends_with(pair.close) && (!opens || end.size() >= both);
    if (pair.together ? !opens || !closes : !opens && !closes) return false;
    if (closes) {
        wrapping.back += inner.size() - end.size() + pair.close.size();
        inner = end.substr(0, end.size() - pair.close.size());
    }
    if (opens) {
        wrapping.front += pair.open.size();
        inner.remove_prefix(pair.open.size());
    }
    return true;
}

/// What stands around all of a line: "`RIP: …`", "<pre>RIP: …", "\"RIP: …\"".
Wrapping wrapping_of(std::string_view line) {
    Wrapping wrapping;
    const auto end = trimmed_right(line);
    static constexpr CharSet kOpens("`*\"'<"), kCloses("`*\"'>");
    if (end.empty() || (!kOpens(end.front()) && !kCloses(end.back()))) return wrapping;
    constexpr int kMaxDepth = 4;
    for (int depth = 0; depth < kMaxDepth; ++depth) {
        const auto taken = [&](const Pair& pair) { return take_pair(line, wrapping, pair); };
        if (!std::ranges::any_of(kPairs, taken)) break;
    }
    return wrapping;
}

}  // namespace

bool PlainText::differs(std::string_view line) {
    if (line.size() > kMaxLine) return false;
    const bool emphasized = has_emphasis(line);
    if (emphasized || may_have_escapes(line)) {
        Escape found;
        const auto& may_begin = emphasized ? kMayBeginEmphasis : kMayBegin;
        if (next_escape(line, 0, may_begin, found) < line.size()) return true;
    }
    const auto wrapping = wrapping_of(line);
    return wrapping.front + wrapping.back != 0;
}

std::string PlainText::without_controls(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        Escape found;
        const auto next = next_escape(text, at, kMayBegin, found);
        const bool is_control = found.size != 0 && !found.character;
        out += text.substr(at, next - at);
        if (!is_control) out += text.substr(next, found.size);
        at = next + found.size;
    }
    return out;
}

void PlainText::assign(std::string_view line) {
    const auto wrapping = wrapping_of(line);
    opening_ = wrapping.front;
    line.remove_suffix(wrapping.back);
    text_.clear();
    pieces_.assign(1, Piece{0, opening_, 1});
    const bool emphasized = has_emphasis(line);
    const auto& may_begin = emphasized ? kMayBeginEmphasis : kMayBegin;
    for (std::size_t at = opening_; at < line.size();) {
        Escape found;
        const auto next = next_escape(line, at, may_begin, found);
        text_ += line.substr(at, next - at);
        if (next == line.size()) break;
        at = next + found.size;
        if (found.character) {
            pieces_.push_back({text_.size(), next, found.size});
            text_ += *found.character;
        }
        const bool is_emphasis = emphasized && !found.character && kBeginsEmphasis(line[next]);
        pieces_.push_back({text_.size(), at, 1, is_emphasis ? found.size : 0});
    }
}

const PlainText::Piece& PlainText::piece_of(std::size_t at) const {
    const auto after = std::ranges::upper_bound(pieces_, at, {}, &Piece::at);
    return *std::prev(after);
}

std::size_t PlainText::begin_of(std::size_t at) const {
    const Piece& piece = piece_of(at);
    return piece.in_line + (at - piece.at);
}

std::size_t PlainText::end_of_front(std::size_t at) const {
    const Piece& piece = piece_of(at);
    return begin_of(at) - (at == piece.at ? piece.emphasis : 0);
}

std::size_t PlainText::end_of(std::size_t at) const {
    if (at == 0) return 0;
    const Piece& piece = piece_of(at - 1);
    return piece.in_line + (at - 1 == piece.at ? piece.width : at - piece.at);
}

}  // namespace symline::log
