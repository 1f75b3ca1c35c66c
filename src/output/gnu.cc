#include "output/gnu.h"

#include <charconv>
#include <cstddef>

#include "output/numbers.h"
#include "output/terminal_text.h"

namespace symline::output {
namespace {

void append_name(std::string& out, std::string_view name, const NameStyle& style) {
    if (name.empty()) {
        out += kUnknown;
    } else if (style.demangle) {
        append_visible(out, demangle(name, style.demangling));
    } else {
        append_visible(out, name);
    }
}

/// The commonest of frames: printable text, and a line that is known. Append by append it takes
/// twice as long. False, and nothing appended, for another one.
bool append_plain_frame(std::string& out, std::string_view name, const SourceLocation& location,
                        std::string_view path) {
    constexpr std::size_t kMaxDigits = 10;
    const bool plain = !name.empty() && !path.empty() && location.line != 0 &&
                       location.discriminator == 0 && is_plain(name) && is_plain(path);
    if (!plain) return false;
    const std::size_t before = out.size();
    const std::size_t max_size = before + name.size() + path.size() + 3 + kMaxDigits;
    out.resize_and_overwrite(max_size, [&](char* text, std::size_t) {
        char* at = text + before;
        at += name.copy(at, name.size());
        *at++ = '\n';
        at += path.copy(at, path.size());
        *at++ = ':';
        at = std::to_chars(at, at + kMaxDigits, location.line).ptr;
        *at++ = '\n';
        return static_cast<std::size_t>(at - text);
    });
    return true;
}

void append_frame(std::string& out, const Frame& frame, const GnuStyle& style,
                  Precision precision) {
    const bool may_be_plain = style.names.functions != Functions::none && !style.names.demangle &&
                              !style.pretty && precision == Precision::exact;
    if (may_be_plain && append_plain_frame(out, chosen_name(frame, style.names), frame.location,
                                           shown_path(frame.location, style.names))) {
        return;
    }
    if (style.names.functions != Functions::none) {
        append_name(out, chosen_name(frame, style.names), style.names);
        out += style.pretty ? " at " : "\n";
    }
    append_gnu_location(out, frame.location, style.names, precision);
    out += '\n';
}

void append_unknown(std::string& out, const GnuStyle& style) {
    if (style.names.functions != Functions::none) out += style.pretty ? "?? " : "??\n";
    out += "??:0\n";
}

}  // namespace

void append_gnu_location(std::string& out, const SourceLocation& location, const NameStyle& style,
                         Precision precision) {
    const auto path = shown_path(location, style);
    append_visible(out, path.empty() ? kUnknown : path);
    out += ':';
    if (location.line == 0) {
        out += '?';
        return;
    }
    append_decimal(out, location.line);
    if (precision == Precision::approximate) out += " (approximate)";
    if (location.discriminator == 0) return;
    out += " (discriminator ";
    append_decimal(out, location.discriminator);
    out += ')';
}

void append_gnu_address(std::string& out, ShownAddress address, const GnuStyle& style) {
    if (!style.addresses) return;
    append_0x(out, address.value, address.digits);
    if (style.pretty) out += ':';
    out += style.pretty ? ' ' : '\n';
}

void append_gnu_frames(std::string& out, std::span<const Frame> frames, const GnuStyle& style,
                       Precision precision) {
    if (frames.empty()) {
        append_unknown(out, style);
        return;
    }
    if (!style.inlines) frames = frames.first(1);
    bool first = true;
    for (const Frame& frame : frames) {
        if (!first && style.pretty) out += " (inlined by) ";
        append_frame(out, frame, style, precision);
        first = false;
        precision = Precision::exact;
    }
}

void append_gnu(std::string& out, ShownAddress address, std::span<const Frame> frames,
                const GnuStyle& style, Precision precision) {
    append_gnu_address(out, address, style);
    append_gnu_frames(out, frames, style, precision);
}

}  // namespace symline::output
