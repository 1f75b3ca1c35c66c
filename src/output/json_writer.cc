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

bool is_c1_control(std::string_view character) {
    return character.size() == 2 && character[0] == '\xc2' &&
           static_cast<unsigned char>(character[1]) < 0xa0;
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
    } else if (is_c1_control(character)) {
        append_escape(out, static_cast<unsigned char>(character[1]));
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
