#include "output/terminal_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "output/numbers.h"
#include "output/utf8.h"

namespace symline::output {
namespace {

enum class Kept { nothing, tabs, line_ends };

bool is_plain_byte(char c) {
    return c >= 0x20 && c < 0x7f;
}

constexpr std::size_t kWordSize = sizeof(std::uint64_t);

/// Not 0 when one of the eight bytes is not plain: below 0x20, 0x7f or above.
std::uint64_t not_plain(const char* bytes) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, kWordSize);
    return ((word - 0x20 * kOnes) | (word + kOnes) | word) & (0x80 * kOnes);
}

/// Bytes of what is at the front of `text`: a character, or a byte that is part of none.
struct Front {
    std::size_t size;
    bool is_unsafe;
};

Front front(std::string_view text) {
    const auto byte = static_cast<unsigned char>(text[0]);
    if (byte < 0x80) return {1, byte < 0x20 || byte == 0x7f};
    const auto size = utf8_length(text);
    if (size == 0) return {1, byte < 0xa0};
    return {size, effect_of(text.substr(0, size)) != Effect::none};
}

/// Whether the carriage return at the front belongs to a line end.
bool at_line_end(std::string_view text) {
    const auto next = text.find_first_not_of('\r');
    return next == std::string_view::npos || text[next] == '\n';
}

bool is_kept(std::string_view text, Kept kept) {
    if (kept == Kept::nothing) return false;
    if (text[0] == '\t') return true;
    if (kept == Kept::tabs) return false;
    return text[0] == '\n' || (text[0] == '\r' && at_line_end(text));
}

void append(std::string& out, std::string_view text, Kept kept) {
    if (is_plain(text)) {
        out += text;
        return;
    }
    while (!text.empty()) {
        const auto plain =
            static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain_byte) - text.begin());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) return;
        const auto [size, is_unsafe] = front(text);
        if (!is_unsafe || is_kept(text, kept)) {
            out += text.substr(0, size);
        } else {
            for (const char c : text.substr(0, size)) {
                out += "\\x";
                append_hex(out, static_cast<unsigned char>(c), 2);
            }
        }
        text.remove_prefix(size);
    }
}

}  // namespace

/// Of long texts the last eight bytes are looked at twice.
bool is_plain(std::string_view text) {
    if (text.size() < kWordSize) return std::ranges::all_of(text, is_plain_byte);
    const std::size_t last = text.size() - kWordSize;
    std::uint64_t found = not_plain(text.data() + last);
    for (std::size_t at = 0; at < last; at += kWordSize) found |= not_plain(text.data() + at);
    return found == 0;
}

void append_visible(std::string& out, std::string_view text) {
    append(out, text, Kept::nothing);
}

std::string visible(std::string_view text) {
    std::string out;
    append_visible(out, text);
    return out;
}

void append_name(std::string& out, std::string_view name, Reader reader) {
    if (reader == Reader::terminal) {
        append_visible(out, name);
    } else {
        out += name;
    }
}

void append_visible_lines(std::string& out, std::string_view text) {
    append(out, text, Kept::line_ends);
}

void append_visible_part(std::string& out, std::string_view text) {
    append(out, text, Kept::tabs);
}

}  // namespace symline::output
