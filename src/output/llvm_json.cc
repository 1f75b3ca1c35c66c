#include "output/llvm_json.h"

#include <cstdint>

#include "output/json_writer.h"

namespace symline::output {
namespace {

void write_start_address(JsonWriter& json, const Frame& frame, const NameStyle& names) {
    json.key("StartAddress");
    if (const auto start = llvm_start_address(frame, names)) {
        json.hex(*start);
    } else {
        json.string({});
    }
}

void write_frame(JsonWriter& json, const Frame& frame, Precision precision,
                 const LlvmStyle& style) {
    const bool named = style.names.functions != Functions::none;
    json.begin_object();
    if (precision == Precision::approximate) json.boolean("Approximate", true);
    json.number("Column", frame.location.column);
    json.number("Discriminator", frame.location.discriminator);
    json.string("FileName", shown_path(frame.location, style.names));
    json.string("FunctionName", named ? shown_name(frame, style.names) : "");
    json.number("Line", frame.location.line);
    if (frame.name_source == NameSource::minidebuginfo) json.string("NameSource", "minidebuginfo");
    json.nonempty_string("Source", llvm_context(frame.location, style));
    write_start_address(json, frame, style.names);
    json.string("StartFileName", shown_path(frame.declaration, style.names));
    json.number("StartLine", frame.declaration.line);
    json.end_object();
}

void write_frames(JsonWriter& json, std::span<const Frame> frames, const LlvmAnswer& answer,
                  const LlvmStyle& style) {
    json.begin_array();
    write_frame(json, frames.front(), answer.precision, style);
    for (const Frame& frame : frames.subspan(1)) write_frame(json, frame, Precision::exact, style);
    json.end_array();
}

void write_address(JsonWriter& json, const JsonRequest& request) {
    if (request.address) json.hex("Address", *request.address);
}

void write_symbol_answer(JsonWriter& json, const JsonRequest& request, const LlvmAnswer& answer,
                         const LlvmStyle& style) {
    json.key("Loc");
    if (answer.frames.empty()) {
        json.raw("[]");
    } else {
        write_frames(json, answer.frames, answer, style);
    }
    json.string("ModuleName", request.module);
    json.string("SymName", request.symbol);
}

void write_address_answer(JsonWriter& json, const JsonRequest& request, const LlvmAnswer& answer,
                          const LlvmStyle& style) {
    write_address(json, request);
    json.string("ModuleName", request.module);
    json.key("Symbol");
    const Frame nothing;
    auto frames = answer.frames.empty() ? std::span(&nothing, 1) : answer.frames;
    if (!style.inlines) frames = frames.first(1);
    write_frames(json, frames, answer, style);
}

/// A number, or an empty text where it is not known.
void write_optional(JsonWriter& json, std::string_view key, std::optional<std::uint64_t> value) {
    if (value) {
        json.hex(key, *value);
    } else {
        json.string(key, {});
    }
}

void write_variable(JsonWriter& json, const LlvmVariable& variable) {
    json.begin_object();
    json.string("DeclFile", variable.file);
    json.number("DeclLine", variable.line);
    if (variable.frame_offset) {
        json.raw("FrameOffset", std::to_string(*variable.frame_offset));
    }
    json.string("FunctionName", variable.function);
    json.string("Name", variable.name);
    write_optional(json, "Size", variable.size);
    write_optional(json, "TagOffset", variable.tag_offset);
    json.end_object();
}

}  // namespace

void append_json(std::string& out, const JsonRequest& request, const LlvmAnswer& answer,
                 const LlvmStyle& style) {
    JsonWriter json(out);
    json.begin_object();
    if (request.symbol.empty()) {
        write_address_answer(json, request, answer, style);
    } else {
        write_symbol_answer(json, request, answer, style);
    }
    json.end_object();
}

void append_json_data(std::string& out, const JsonRequest& request, const LlvmData& data,
                      const LlvmStyle& style) {
    JsonWriter json(out);
    json.begin_object();
    write_address(json, request);
    json.begin_object("Data");
    json.string("Name", shown_name(data.name, style.names));
    json.hex("Size", data.size);
    json.hex("Start", data.start);
    json.end_object();
    json.string("ModuleName", request.module);
    json.nonempty_string("SymName", request.symbol);
    json.end_object();
}

void append_json_variables(std::string& out, const JsonRequest& request,
                           std::span<const LlvmVariable> variables) {
    JsonWriter json(out);
    json.begin_object();
    write_address(json, request);
    json.key("Frame");
    json.begin_array();
    for (const LlvmVariable& variable : variables) write_variable(json, variable);
    json.end_array();
    json.string("ModuleName", request.module);
    json.nonempty_string("SymName", request.symbol);
    json.end_object();
}

void append_json_error(std::string& out, const JsonRequest& request, std::string_view message) {
    JsonWriter json(out);
    json.begin_object();
    write_address(json, request);
    json.begin_object("Error");
    json.string("Message", message);
    json.end_object();
    json.string("ModuleName", request.module);
    json.nonempty_string("SymName", request.symbol);
    json.end_object();
}

}  // namespace symline::output
