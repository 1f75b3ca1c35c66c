#include "tools/text_encoding.h"

#include <cstddef>

namespace symline::tools {
namespace {

constexpr std::string_view kUtf8 = "\xef\xbb\xbf";
constexpr std::string_view kLittle = "\xff\xfe";
constexpr std::string_view kBig = "\xfe\xff";

constexpr unsigned kReplacement = 0xfffd;

bool is_high(unsigned unit) {
    return unit >= 0xd800 && unit < 0xdc00;
}
bool is_low(unsigned unit) {
    return unit >= 0xdc00 && unit < 0xe000;
}

bool is_ascii(char c) {
    return c > 0 && c < 0x7f;
}

void append_utf8(std::string& out, unsigned code) {
    const auto byte = [&](unsigned value) { out += static_cast<char>(value); };
    if (code < 0x80) return byte(code);
    if (code < 0x800) {
        byte(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            byte(0xe0 | code >> 12);
        } else {
            byte(0xf0 | code >> 18);
            byte(0x80 | (code >> 12 & 0x3f));
        }
        byte(0x80 | (code >> 6 & 0x3f));
    }
    byte(0x80 | (code & 0x3f));
}

}  // namespace

/// False while the mark may not be whole.
bool TextEncoding::decide(bool last) {
    const std::string_view start = kept_;
    const bool is_marked = start.starts_with(kLittle) || start.starts_with(kBig);
    if (is_marked && start.size() < 4 && !last) return false;
    // Bytes that are no UTF-8, before text that is ASCII: one character of it has no zero.
    if (is_marked && (start.size() < 4 || !is_ascii(start[2]) || !is_ascii(start[3]))) {
        form_ = start.starts_with(kLittle) ? Form::utf16_little : Form::utf16_big;
        kept_.erase(0, kLittle.size());
        return true;
    }
    if (!last && start.size() < kUtf8.size() &&
        (kUtf8.starts_with(start) || kLittle.starts_with(start) || kBig.starts_with(start)))
        return false;
    form_ = Form::bytes;
    had_mark_ = start.starts_with(kUtf8);
    if (had_mark_) kept_.erase(0, kUtf8.size());
    return true;
}

std::string_view TextEncoding::convert(std::string_view piece, bool last) {
    if (form_ == Form::bytes) return piece;
    if (form_ == Form::undecided) {
        kept_ += piece;
        if (!decide(last)) return {};
        piece = {};
        if (form_ == Form::bytes) {
            text_.swap(kept_);
            return text_;
        }
    }
    return convert_utf16(piece, last);
}

unsigned TextEncoding::unit_at(std::string_view text, std::size_t at) const {
    const unsigned first = static_cast<unsigned char>(text[at]);
    const unsigned second = static_cast<unsigned char>(text[at + 1]);
    return form_ == Form::utf16_little ? first | second << 8 : first << 8 | second;
}

std::string_view TextEncoding::convert_utf16(std::string_view piece, bool last) {
    text_.clear();
    kept_ += piece;
    std::size_t at = 0;
    for (; at + 2 <= kept_.size(); at += 2) {
        const auto unit = unit_at(kept_, at);
        if (!is_high(unit)) {
            append_utf8(text_, is_low(unit) ? kReplacement : unit);
            continue;
        }
        if (at + 4 > kept_.size() && !last) break;
        const auto low = at + 4 <= kept_.size() ? unit_at(kept_, at + 2) : 0;
        append_utf8(
            text_, is_low(low) ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : kReplacement);
        if (is_low(low)) at += 2;
    }
    kept_.erase(0, at);
    if (last && !kept_.empty()) {
        append_utf8(text_, kReplacement);
        kept_.clear();
    }
    return text_;
}

}  // namespace symline::tools
