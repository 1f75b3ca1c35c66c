#include "output/json_writer.h"

#include <cstddef>

#include "output/utf8.h"

namespace symline::output {
namespace {

/// The size of the leading part that needs no escape. That is nearly always all of the text, so it
/// is copied in one go.
std::size_t plain_size(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size()) {
        const auto byte = static_cast<unsigned char>(text[size]);
        if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\') break;
        ++size;
    }
    return size;
}

void append_escape(std::string& out, unsigned code) {
    out += "\\u";
    append_hex(out, code, 4);
}

void append_ascii(std::string& out, char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: append_escape(out, static_cast<unsigned char>(c)); return;
    }
}

/// The code point of a well-formed character of two or three bytes (RFC 3629).
unsigned code_point(std::string_view character) {
    const unsigned lead = static_cast<unsigned char>(character[0]);
    unsigned code = character.size() == 2 ? lead & 0x1fU : lead & 0x0fU;
    for (const char c : character.substr(1))
        code = code << 6 | (static_cast<unsigned char>(c) & 0x3fU);
    return code;
}

/// The first character, which is not plain. Returns its size.
std::size_t append_character(std::string& out, std::string_view text) {
    const auto size = utf8_length(text);
    const auto character = text.substr(0, size);
    if (size == 0) {
        out += "\xef\xbf\xbd";
        return 1;
    }
    if (size == 1) {
        append_ascii(out, text[0]);
    } else if (effect_of(character) != Effect::none) {
        append_escape(out, code_point(character));
    } else {
        out += character;
    }
    return size;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    for (;;) {
        const auto plain = plain_size(text);
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        text.remove_prefix(append_character(out, text));
    }
    out += '"';
}

}  // namespace symline::output
