#include "output/decode.h"

#include <algorithm>

#include "output/json.h"
#include "output/numbers.h"

namespace symline::output {
namespace {

/// A terminal obeys control characters; a DWARF string may hold any.
std::string printable(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) c = '?';
    }
    return result;
}

/// "file:line", "file:?" where the line is not known; empty without a file.
std::string file_line(const SourceLocation& location, const NameStyle& names) {
    if (location.file.empty()) return {};
    std::string text = printable(shown_path(location, names));
    text += ':';
    if (location.line == 0) {
        text += '?';
    } else {
        append_decimal(text, location.line);
    }
    return text;
}

std::string function_at(const Frame& frame, const NameStyle& names) {
    std::string text = printable(shown_name(frame, names));
    if (text.empty()) text = unknown;
    text += " at ";
    const auto place = file_line(frame.location, names);
    text += place.empty() ? "??:?" : place;
    return text;
}

void add_callers(Annotation& annotation, const Chain& chain, const NameStyle& names) {
    for (std::size_t i = 1; i < chain.size(); ++i) {
        annotation.below.push_back("(inlined by) " + function_at(chain[i], names));
    }
}

std::string candidate_number(std::size_t number, std::size_t count) {
    return "candidate " + std::to_string(number) + " of " + std::to_string(count);
}

bool has_place(const Chain& chain) {
    return !chain.empty() && !chain.front().location.file.empty();
}

void append_key(std::string& out, std::string_view key) {
    if (out.back() != '{') out += ',';
    out += '"';
    out += key;
    out += "\":";
}

void append_text(std::string& out, std::string_view key, std::string_view value) {
    if (value.empty()) return;
    append_key(out, key);
    append_json_string(out, value);
}

void append_number(std::string& out, std::string_view key, std::uint64_t value) {
    if (value == 0) return;
    append_key(out, key);
    append_decimal(out, value);
}

void append_frame(std::string& out, const Frame& frame) {
    out += '{';
    append_text(out, "function", frame.name.empty() ? frame.linkage_name : frame.name);
    append_text(out, "linkage_name", frame.linkage_name);
    append_text(out, "file", frame.location.file);
    append_number(out, "line", frame.location.line);
    append_number(out, "column", frame.location.column);
    append_number(out, "discriminator", frame.location.discriminator);
    append_key(out, "inlined");
    out += frame.inlined ? "true}" : "false}";
}

void append_chain(std::string& out, const Chain& chain) {
    out += '[';
    for (const Frame& frame : chain) {
        if (&frame != &chain.front()) out += ',';
        append_frame(out, frame);
    }
    out += ']';
}

}  // namespace

Annotation annotate(const DecodedPlace& decoded, const NameStyle& names) {
    Annotation annotation;
    const std::size_t count = decoded.chains.size();
    if (count == 0 || (count == 1 && !has_place(decoded.chains[0]))) return annotation;
    const Chain& first = decoded.chains[0];
    std::string inside =
        has_place(first) ? file_line(first.front().location, names) : std::string("??:?");
    if (!decoded.remark.empty()) inside += ", " + printable(decoded.remark);
    if (count > 1) inside += ", " + candidate_number(1, count);
    annotation.place = " (" + inside + ")";
    add_callers(annotation, first, names);
    for (std::size_t i = 1; i < count; ++i) {
        const Chain& chain = decoded.chains[i];
        if (chain.empty()) continue;
        annotation.below.push_back("(" + candidate_number(i + 1, count) + ") " +
                                   function_at(chain.front(), names));
        add_callers(annotation, chain, names);
    }
    return annotation;
}

std::string kernel_places(const DecodedPlace& decoded, std::string_view base_path) {
    std::string text;
    const NameStyle names{.prefix = base_path};
    if (decoded.chains.empty() || !has_place(decoded.chains[0])) return text;
    for (const Frame& frame : decoded.chains[0]) {
        if (!text.empty()) text += ' ';
        const auto place = file_line(frame.location, names);
        text += place.empty() ? "??:?" : place;
    }
    return text;
}

void append_json_logged(std::string& out, const LoggedPlace& logged) {
    out += "{\"line\":";
    append_decimal(out, logged.line);
    append_text(out, "text", logged.text);
    append_text(out, "format", logged.format);
    append_text(out, "kind", logged.kind);
    append_text(out, "symbol", logged.symbol);
    if (logged.offset) {
        append_key(out, "offset");
        append_decimal(out, *logged.offset);
    }
    if (logged.size) {
        append_key(out, "size");
        append_decimal(out, *logged.size);
    }
    append_text(out, "module", logged.module);
    append_text(out, "build_id", logged.build_id);
}

std::string json_decoded(const DecodedPlace& decoded) {
    std::string out(1, '{');
    if (decoded.address) {
        append_key(out, "address");
        out += '"';
        append_0x(out, *decoded.address);
        out += '"';
    }
    append_key(out, "frames");
    append_chain(out, decoded.chains.empty() ? Chain{} : decoded.chains[0]);
    if (decoded.chains.size() > 1) {
        append_key(out, "candidates");
        out += '[';
        for (std::size_t i = 1; i < decoded.chains.size(); ++i) {
            if (i > 1) out += ',';
            append_chain(out, decoded.chains[i]);
        }
        out += ']';
    }
    append_text(out, "found_by", decoded.found_by);
    append_text(out, "miss", decoded.miss);
    out += '}';
    out[0] = ',';
    return out;
}

}  // namespace symline::output
