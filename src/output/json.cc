#include "output/json.h"

#include <cstddef>
#include <cstdint>

#include "output/numbers.h"
#include "output/utf8.h"
#include "symline/demangle.h"

namespace symline::output {
namespace {

/// How much of a text stands in JSON as it is. That is nearly all of it: it is copied in one go.
std::size_t plain_size(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size()) {
        const auto byte = static_cast<unsigned char>(text[size]);
        if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\') break;
        ++size;
    }
    return size;
}

void append_ascii(std::string& out, char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        default: break;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
        out += c;
        return;
    }
    out += "\\u";
    append_hex(out, byte, 4);
}

void append_key(std::string& out, std::string_view key) {
    out += '"';
    out += key;
    out += "\":";
}

void append_hex_string(std::string& out, std::uint64_t value) {
    out += '"';
    append_0x(out, value);
    out += '"';
}

void append_number_field(std::string& out, std::string_view key, std::uint64_t value) {
    append_key(out, key);
    append_decimal(out, value);
    out += ',';
}

void append_text_field(std::string& out, std::string_view key, std::string_view value) {
    append_key(out, key);
    append_json_string(out, value);
    out += ',';
}

void append_frame(std::string& out, const Frame& frame, bool approximate, const LlvmStyle& style) {
    out += '{';
    if (approximate) out += "\"Approximate\":true,";
    append_number_field(out, "Column", frame.location.column);
    append_number_field(out, "Discriminator", frame.location.discriminator);
    append_text_field(out, "FileName", shown_path(frame.location, style.names));
    const bool named = style.names.functions != Functions::none;
    append_text_field(out, "FunctionName", named ? shown_name(frame, style.names) : "");
    append_number_field(out, "Line", frame.location.line);
    if (frame.name_source == NameSource::minidebuginfo) {
        append_text_field(out, "NameSource", "minidebuginfo");
    }
    const auto source = llvm_context(frame.location, style);
    if (!source.empty()) append_text_field(out, "Source", source);
    append_key(out, "StartAddress");
    if (const auto start = llvm_start_address(frame, style.names)) {
        append_hex_string(out, *start);
    } else {
        out += "\"\"";
    }
    out += ',';
    append_text_field(out, "StartFileName", shown_path(frame.declaration, style.names));
    append_key(out, "StartLine");
    append_decimal(out, frame.declaration.line);
    out += '}';
}

void append_frames(std::string& out, const LlvmAnswer& answer, const LlvmStyle& style) {
    out += '[';
    const Frame nothing;
    auto frames = answer.frames.empty() ? std::span(&nothing, 1) : answer.frames;
    if (!style.inlines) frames = frames.first(1);
    bool first = true;
    for (const Frame& frame : frames) {
        if (!first) out += ',';
        append_frame(out, frame, answer.approximate && first, style);
        first = false;
    }
    out += ']';
}

void append_address_field(std::string& out, const JsonRequest& request) {
    if (!request.address) return;
    append_key(out, "Address");
    append_hex_string(out, *request.address);
    out += ',';
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto plain = plain_size(text);
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        const auto length = utf8_length(text);
        if (length == 1) {
            append_ascii(out, text[0]);
        } else if (length == 0) {
            out += "\xef\xbf\xbd";
        } else if (length == 2 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0) {
            // The other control characters, U+0080 to U+009F: a terminal obeys them too.
            out += "\\u";
            append_hex(out, static_cast<unsigned char>(text[1]), 4);
        } else {
            out += text.substr(0, length);
        }
        text.remove_prefix(length == 0 ? 1 : length);
    }
    out += '"';
}

void append_json(std::string& out, const JsonRequest& request, const LlvmAnswer& answer,
                 const LlvmStyle& style) {
    out += '{';
    if (!request.symbol.empty()) {
        append_key(out, "Loc");
        if (answer.frames.empty()) {
            out += "[]";
        } else {
            append_frames(out, answer, style);
        }
        out += ',';
        append_text_field(out, "ModuleName", request.module);
        append_key(out, "SymName");
        append_json_string(out, request.symbol);
    } else {
        append_address_field(out, request);
        append_text_field(out, "ModuleName", request.module);
        append_key(out, "Symbol");
        append_frames(out, answer, style);
    }
    out += '}';
}

void append_json_data(std::string& out, const JsonRequest& request, const Symbol* symbol,
                      const LlvmStyle& style) {
    out += '{';
    append_address_field(out, request);
    out += "\"Data\":{";
    const auto name = symbol ? symbol->name : std::string_view();
    append_text_field(out, "Name", shown_name(name, style.names));
    append_key(out, "Size");
    append_hex_string(out, symbol ? symbol->size : 0);
    out += ',';
    append_key(out, "Start");
    append_hex_string(out, symbol ? symbol->address.value : 0);
    out += "},";
    append_key(out, "ModuleName");
    append_json_string(out, request.module);
    if (!request.symbol.empty()) {
        out += ",\"SymName\":";
        append_json_string(out, request.symbol);
    }
    out += '}';
}

void append_json_error(std::string& out, const JsonRequest& request, std::string_view message) {
    out += '{';
    append_address_field(out, request);
    out += "\"Error\":{\"Message\":";
    append_json_string(out, message);
    out += "},";
    append_key(out, "ModuleName");
    append_json_string(out, request.module);
    out += '}';
}

}  // namespace symline::output
