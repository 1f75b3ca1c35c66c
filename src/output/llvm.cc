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

void append_or_unknown(std::string& out, std::string_view text) {
    append_visible(out, text.empty() ? kUnknown : text);
}

void append_declaration(std::string& out, std::string_view file, std::uint64_t line,
                        bool line_unknown) {
    append_or_unknown(out, file);
    out += ':';
    if (line_unknown) {
        out += '?';
    } else {
        append_decimal(out, line);
    }
    out += '\n';
}

void append_number_or_unknown(std::string& out, std::optional<std::uint64_t> value) {
    if (!value) {
        out += kUnknown;
    } else {
        append_decimal(out, *value);
    }
}

void append_variable(std::string& out, const LlvmVariable& variable) {
    append_or_unknown(out, variable.function);
    out += '\n';
    append_or_unknown(out, variable.name);
    out += '\n';
    append_declaration(out, variable.file, variable.line, false);
    out += variable.frame_offset ? std::to_string(*variable.frame_offset) : std::string(kUnknown);
    out += ' ';
    append_number_or_unknown(out, variable.size);
    out += ' ';
    append_number_or_unknown(out, variable.tag_offset);
    out += '\n';
}

}  // namespace

std::optional<std::uint64_t> llvm_start_address(const Frame& frame, const NameStyle& names) {
    if (!frame.start) return std::nullopt;
    if (frame.name_source != NameSource::dwarf && names.functions == Functions::none) {
        return std::nullopt;
    }
    return frame.start->value;
}

std::string llvm_context(const SourceLocation& location, const LlvmStyle& style) {
    std::string lines;
    if (style.context_lines == 0 || !style.source || location.line == 0) return lines;
    auto text = style.source->embedded(location.file);
    if (!text) text = style.source->text(location.file);
    if (text) {
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

void append_llvm_places(std::string& out, std::span<const Frame> places, const LlvmStyle& style) {
    if (places.empty()) return append_llvm(out, {.address = {}, .frames = {}}, style);
    for (const Frame& place : places) {
        append_frame(out, place, Role::innermost, Precision::exact, style);
    }
    if (style.columns) out += '\n';
}

void append_llvm_data(std::string& out, std::optional<std::uint64_t> address, const LlvmData& data,
                      const LlvmStyle& style) {
    append_header(out, address, style);
    append_or_unknown(out, shown_name(data.name, style.names));
    out += '\n';
    append_decimal(out, data.start);
    out += ' ';
    append_decimal(out, data.size);
    out += '\n';
    append_declaration(out, data.file, data.line, data.file.empty());
    if (style.columns) out += '\n';
}

void append_llvm_variables(std::string& out, std::optional<std::uint64_t> address,
                           std::span<const LlvmVariable> variables, const LlvmStyle& style) {
    append_header(out, address, style);
    if (variables.empty()) append_line(out, "", kUnknown);
    for (const LlvmVariable& variable : variables) append_variable(out, variable);
    if (style.columns) out += '\n';
}

}  // namespace symline::output
