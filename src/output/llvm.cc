#include "output/llvm.h"

#include <string_view>

#include "output/numbers.h"
#include "output/terminal_text.h"
#include "symline/demangle.h"

namespace symline::output {
namespace {

void append_line(std::string& out, std::string_view label, std::string_view value) {
    out += label;
    append_visible(out, value);
    out += '\n';
}

void append_line(std::string& out, std::string_view label, std::uint64_t value) {
    out += label;
    append_decimal(out, value);
    out += '\n';
}

void append_header(std::string& out, std::optional<std::uint64_t> address, const LlvmStyle& style) {
    if (!style.addresses || !address) return;
    append_0x(out, *address);
    out += style.pretty ? ": " : "\n";
}

/// A frame of an answer.
enum class Role { innermost, caller };

void append_function(std::string& out, const Frame& frame, Role role, const LlvmStyle& style) {
    if (style.names.functions == Functions::none) return;
    if (style.pretty && role == Role::caller) out += " (inlined by) ";
    const auto name = shown_name(frame, style.names);
    append_visible(out, name.empty() ? kUnknown : std::string_view(name));
    out += style.pretty ? " at " : "\n";
}

void append_simple(std::string& out, const Frame& frame, Precision precision,
                   const LlvmStyle& style) {
    const auto path = shown_path(frame.location, style.names);
    append_visible(out, path.empty() ? kUnknown : path);
    out += ':';
    append_decimal(out, frame.location.line);
    if (style.columns) {
        out += ':';
        append_decimal(out, frame.location.column);
    }
    if (precision == Precision::approximate) out += " (approximate)";
    if (!style.columns && frame.location.discriminator != 0) {
        out += " (discriminator ";
        append_decimal(out, frame.location.discriminator);
        out += ')';
    }
    out += '\n';
}

void append_verbose(std::string& out, const Frame& frame, Precision precision,
                    const LlvmStyle& style) {
    const auto path = shown_path(frame.location, style.names);
    append_line(out, "  Filename: ", path.empty() ? kUnknown : path);
    if (frame.declaration.line != 0) {
        append_line(out, "  Function start filename: ", shown_path(frame.declaration, style.names));
        append_line(out, "  Function start line: ", frame.declaration.line);
    }
    const auto start = llvm_start_address(frame, style.names);
    if (style.columns && start) {
        out += "  Function start address: ";
        append_0x(out, *start);
        out += '\n';
    }
    append_line(out, "  Line: ", frame.location.line);
    append_line(out, "  Column: ", frame.location.column);
    if (frame.location.discriminator != 0) {
        append_line(out, "  Discriminator: ", frame.location.discriminator);
    }
    if (precision == Precision::approximate) append_line(out, "  Approximate: ", "true");
}

void append_frame(std::string& out, const Frame& frame, Role role, Precision precision,
                  const LlvmStyle& style) {
    append_function(out, frame, role, style);
    if (style.verbose) {
        append_verbose(out, frame, precision, style);
    } else {
        append_simple(out, frame, precision, style);
    }
    out += llvm_context(frame.location, style);
}

}  // namespace

std::optional<std::uint64_t> llvm_start_address(const Frame& frame, const NameStyle& names) {
    if (frame.inlined || !frame.start) return std::nullopt;
    if (frame.name_source != NameSource::dwarf && names.functions == Functions::none) {
        return std::nullopt;
    }
    return frame.start->value;
}

std::string llvm_context(const SourceLocation& location, const LlvmStyle& style) {
    std::string lines;
    if (style.context_lines == 0 || !style.source || location.line == 0) return lines;
    if (const auto text = style.source->text(location.file)) {
        append_context(lines, *text, location.line, style.context_lines);
    }
    return lines;
}

void append_llvm(std::string& out, const LlvmAnswer& answer, const LlvmStyle& style) {
    append_header(out, answer.address, style);
    const Frame nothing;
    auto frames = answer.frames.empty() ? std::span(&nothing, 1) : answer.frames;
    if (!style.inlines) frames = frames.first(1);
    append_frame(out, frames.front(), Role::innermost, answer.precision, style);
    for (const Frame& frame : frames.subspan(1)) {
        append_frame(out, frame, Role::caller, Precision::exact, style);
    }
    if (style.columns) out += '\n';
}

void append_llvm_data(std::string& out, std::optional<std::uint64_t> address, const Symbol* symbol,
                      const LlvmStyle& style) {
    append_header(out, address, style);
    if (symbol) {
        append_visible(out, shown_name(symbol->name, style.names));
    } else {
        out += kUnknown;
    }
    out += '\n';
    append_decimal(out, symbol ? symbol->address.value : 0);
    out += ' ';
    append_decimal(out, symbol ? symbol->size : 0);
    out += "\n??:?\n";
    if (style.columns) out += '\n';
}

}  // namespace symline::output
