#include "output/quoted.h"

#include "output/json_writer.h"

namespace symline::output {
namespace {

/// Without the quotes.
std::string json_text(std::string_view text) {
    std::string quoted;
    append_json_string(quoted, text);
    return quoted.substr(1, quoted.size() - 2);
}

/// What stands in front is a number, too.
void append_bytes(std::string& out, std::string_view text) {
    for (const char c : text) {
        out += ',';
        append_decimal(out, static_cast<unsigned char>(c));
    }
}

void append_csv(std::string& out, std::string_view text) {
    for (const char c : text) out.append(c == '"' ? 2 : 1, c);
}

void append_octal(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '\n': out += "#012"; break;
            case '\t': out += "#011"; break;
            default: out += c;
        }
    }
}

}  // namespace

void append_quoted(std::string& out, std::string_view text, Quoting quoting, unsigned depth) {
    std::string inner;
    for (; depth > 0; --depth) {
        inner = json_text(text);
        text = inner;
    }
    switch (quoting) {
        case Quoting::json: out += text; break;
        case Quoting::bytes: append_bytes(out, text); break;
        case Quoting::csv: append_csv(out, text); break;
        case Quoting::octal: append_octal(out, text); break;
        case Quoting::bare_csv: out += text; break;
    }
}

bool needs_quotes(std::string_view text, char separator) {
    const char special[] = {separator, '"', '\n', '\r'};
    return text.find_first_of(std::string_view(special, sizeof special)) != text.npos;
}

void quote_field(std::string& out, std::size_t begin) {
    const std::string field = out.substr(begin);
    out.resize(begin);
    out += '"';
    append_csv(out, field);
    out += '"';
}

}  // namespace symline::output
