#include "log/margin.h"

#include <algorithm>
#include <optional>

#include "log/frame_kind.h"
#include "log/message_front.h"
#include "log/text.h"

namespace symline::log {

namespace {

constexpr std::size_t kMaxGroup = 64;

bool is_word_char(char c) {
    return is_letter(c) || is_digit(c) || c == '_' || (static_cast<unsigned char>(c) & 0x80U) != 0;
}

/// "[    0.000000 <    0.000010>]", "(4)": the size of what stands in brackets at `at`, 0: none.
std::size_t group_size(std::string_view text, std::size_t at) {
    const char open = text[at];
    if (open != '[' && open != '(') return 0;
    const auto close = text.substr(at, kMaxGroup).find(open == '[' ? ']' : ')');
    return close == std::string_view::npos ? 0 : close + 1;
}

/// Fields are separated by white space; brackets hold theirs together.
std::size_t field_end(std::string_view text, std::size_t at) {
    while (at < text.size() && !is_space(text[at])) {
        at += std::max<std::size_t>(group_size(text, at), 1);
    }
    return std::min(at, text.size());
}

/// A part of a field by its kind: numbers and names with digits are all alike, so are words, so is
/// what stands in brackets; punctuation stands for itself.
struct Part {
    char kind = '\0';
    std::size_t size = 0;
};

Part part_at(std::string_view text, std::size_t at) {
    if (const auto size = group_size(text, at); size != 0) return {text[at], size};
    if (!is_word_char(text[at])) return {text[at], 1};
    auto end = at;
    bool digits = false;
    while (end < text.size() && is_word_char(text[end])) digits = is_digit(text[end++]) || digits;
    return {digits ? '0' : 'a', end - at};
}

/// How much of `text` at `at` has the shape of all of `field`; nothing when it has not.
std::optional<std::size_t> size_of_shape(std::string_view field, std::string_view text,
                                         std::size_t at) {
    const auto from = at;
    for (std::size_t i = 0; i < field.size();) {
        if (at >= text.size()) return std::nullopt;
        const auto wanted = part_at(field, i);
        const auto found = part_at(text, at);
        if (wanted.kind != found.kind) return std::nullopt;
        i += wanted.size;
        at += found.size;
    }
    return at - from;
}

/// A field that the message follows without a space. Letters after a picture are the message's.
std::optional<std::size_t> size_of_last(std::string_view field, std::string_view text,
                                        std::size_t at) {
    const bool ends_in_ascii = (static_cast<unsigned char>(field.back()) & 0x80U) == 0;
    if (!ends_in_ascii && text.substr(at).starts_with(field)) return field.size();
    return size_of_shape(field, text, at);
}

/// "kernel:" and "systemd-coredump[7888]:": who writes.
bool is_writer(std::string_view field) {
    return field.size() >= 3 && field.back() == ':' && !is_digit(field[field.size() - 2]) &&
           !is_message_label(field);
}

/// "swapper/0", "kworker/u16:2-events": tasks, hosts and programs have names of many shapes.
bool is_name(std::string_view field) {
    return is_letter(field.front()) && field.back() != ':' &&
           std::ranges::all_of(
               field, [](char c) { return is_word_char(c) || contains("-./:@#", {&c, 1}); });
}

bool fields_agree(std::string_view known, std::string_view field) {
    if (known == field) return true;
    if (is_message_label(field)) return false;
    // RFC 5424 has "-" for what is not known.
    if ((is_writer(known) && is_writer(field)) || known == "-" || field == "-") return true;
    if (is_name(known) && is_name(field)) return true;
    const auto size = size_of_shape(known, field, 0);
    return size && *size == field.size();
}

/// Words alone are alike in any text.
bool distinguishes(std::string_view field) {
    if (field.ends_with(':')) field.remove_suffix(1);
    return !std::ranges::all_of(field, is_letter);
}

/// How many spaces of `text` at `at` are those at the end of a prefix, of which there were `known`.
std::size_t last_spaces(std::string_view known, std::string_view text, std::size_t at) {
    std::size_t count = 0;
    while (count < known.size() && at + count < text.size() && text[at + count] == known[0])
        ++count;
    return count;
}

std::size_t spaces_at(std::string_view text, std::size_t at) {
    std::size_t count = 0;
    while (at + count < text.size() && is_space(text[at + count])) ++count;
    return count;
}

/// Field by field: the size of the line's prefix if it is like the known one, otherwise 0.
std::size_t match_fields(std::string_view known, std::string_view line) {
    std::size_t i = 0, at = 0;
    bool distinctive = false;
    while (i < known.size()) {
        if (at >= line.size()) return 0;
        if (const auto spaces = spaces_at(known, i); spaces != 0) {
            if (known[i] != line[at]) return 0;
            const bool last = i + spaces == known.size();
            at += last ? last_spaces(known.substr(i), line, at) : spaces_at(line, at);
            i += spaces;
            continue;
        }
        const auto end = field_end(known, i);
        const auto field = known.substr(i, end - i);
        i = end;
        if (i == known.size()) {
            // The message follows without a space.
            const auto size = size_of_last(field, line, at);
            return size && (distinctive || distinguishes(field)) ? at + *size : 0;
        }
        const auto found = line.substr(at, field_end(line, at) - at);
        if (!fields_agree(field, found)) return 0;
        distinctive = distinctive || field == found || distinguishes(field);
        at += found.size();
    }
    return distinctive ? at : 0;
}

/// Part by part, where a number is padded with spaces that other lines do not have: "<<    0.1>> "
/// and "<<12345.1>> ".
std::size_t match_padded(std::string_view known, std::string_view line) {
    std::size_t i = 0, at = 0;
    bool padded = false;
    while (i < known.size()) {
        const auto here = spaces_at(known, i), there = spaces_at(line, at);
        if (i + here == known.size() && here != 0) {
            const auto last = last_spaces(known.substr(i), line, at);
            return padded && last != 0 ? at + last : 0;
        }
        if (at + there >= line.size()) return 0;
        const auto wanted = part_at(known, i + here), found = part_at(line, at + there);
        if (wanted.kind != found.kind) return 0;
        if ((here == 0) != (there == 0)) {
            if (wanted.kind != '0' || (i > 0 && is_word_char(known[i - 1]))) return 0;
            padded = true;
        }
        i += here + wanted.size;
        at += there + found.size;
    }
    return padded ? at : 0;
}

/// Whether `prefix`, which has the shape of `known`, ends with a label that `known` does not have.
bool ends_in_label(std::string_view prefix, std::string_view known) {
    const auto word = last_word(trimmed_right(prefix));
    return is_message_label(word) && word != last_word(trimmed_right(known));
}

std::size_t match_shape(std::string_view known, std::string_view line) {
    auto size = match_fields(known, line);
    if (size == 0) size = match_padded(known, line);
    return size != 0 && ends_in_label(line.substr(0, size), known) ? 0 : size;
}

/// The text may have more spaces at its end.
bool is_of_shape(std::string_view known, std::string_view text) {
    const auto size = match_shape(known, text);
    return size != 0 && trimmed(text.substr(size)).empty();
}

constexpr std::string_view kMarkup = "`*\"'";

/// "* ", "** "
bool is_markup(std::string_view front) {
    return front.find_first_not_of(kMarkup) == std::string_view::npos;
}

/// Markup and frames: few loggers print these in front of messages.
bool may_be_content(std::string_view text) {
    return is_markup(trimmed(text)) || contains(text, "+0x") || begins_as_frame(trimmed(text));
}

/// Without a time or a number a prefix is a name: prose has more words.
bool may_be_prose(std::string_view text) {
    if (std::ranges::any_of(text, is_digit)) return false;
    constexpr int kMaxWords = 3;
    int words = 0;
    for (std::size_t at = spaces_at(text, 0); at < text.size(); ++words) {
        at = field_end(text, at);
        at += spaces_at(text, at);
    }
    return words > kMaxWords || is_letter(trimmed_right(text).back());
}

}  // namespace

bool Margin::may_be_prefix(std::string_view text) {
    const auto front = trimmed(text);
    if (text.size() > kMaxSize || front.empty()) return false;
    if (contains(text, "\":") || contains(text, "</")) return false;
    // An object that is closed is a name in braces.
    if (front.front() == '{' && (front.size() < 2 || !contains(front, "}") || is_space(front[1])))
        return false;
    // A quote or emphasis that opens is glued to what it is around.
    return !is_markup(front) || is_space(text.back());
}

bool Margin::begins_alike(std::string_view text, std::string_view line) {
    return line.starts_with(text) || match_shape(text, line.substr(0, 2 * kMaxSize)) != 0;
}

bool Margin::accepts(std::string_view text) {
    if (!may_be_prefix(text)) return false;
    const bool content = may_be_content(text);
    if (!content && !may_be_prose(text)) return true;
    const bool again = trimmed_right(text) == trimmed_right(doubtful_);
    if (again || (content && is_of_shape(doubtful_, text))) return true;
    doubtful_ = text;
    return false;
}

std::size_t Margin::writer_size(std::string_view line) {
    constexpr int kMaxFields = 8;
    std::size_t at = spaces_at(line, 0);
    for (int fields = 0; fields < kMaxFields && at < line.size(); ++fields) {
        const auto end = field_end(line, at);
        const auto field = line.substr(at, end - at);
        if (is_message_label(field)) break;
        if (is_writer(field)) return std::min(end + 1, line.size());
        at = end + spaces_at(line, end);
    }
    return 0;
}

void Margin::learn(std::string_view prefix) {
    if (prefix.empty() || prefix.size() > kMaxSize) return;
    std::size_t which = 0;
    while (which < used_ && match_shape(shapes_[which], prefix) != prefix.size()) ++which;
    if (which == used_) used_ = std::min(used_ + 1, kMaxShapes);
    which = std::min(which, kMaxShapes - 1);
    shapes_[which] = prefix;
    std::rotate(shapes_.begin(), shapes_.begin() + which, shapes_.begin() + which + 1);
}

std::size_t Margin::match(std::string_view line) const {
    // What is compared of a line may be longer than the prefix that was learned, by its numbers.
    const auto head = line.substr(0, 2 * kMaxSize);
    for (std::size_t i = 0; i < used_; ++i) {
        if (const auto size = match_shape(shapes_[i], head); size != 0) return size;
    }
    return 0;
}

}  // namespace symline::log
