#include "log/parse_text.h"

#include <cinttypes>
#include <cstdio>

namespace symline::test {

namespace {

std::string hex(std::uint64_t value) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%" PRIx64, value);
    return text;
}

void field(std::string& out, const char* name, std::string_view value) {
    if (!value.empty()) out.append(" ").append(name).append("=").append(value);
}

void field(std::string& out, const char* name, const std::optional<std::uint64_t>& value) {
    if (value) field(out, name, hex(*value));
}

const char* space_name(log::AddressScope space) {
    switch (space) {
        case log::AddressScope::kernel: return "";
        case log::AddressScope::user: return "user";
        case log::AddressScope::file: return "file";
        case log::AddressScope::mapping: return "mapping";
    }
    return "?";
}

std::string occurrence_text(std::string_view line, const log::Occurrence& found) {
    std::string out;
    out.append(name_of(found.format)).append(" ").append(name_of(found.kind));
    out.append(" {").append(line.substr(found.text.offset, found.text.size)).append("}");
    // What stands between the text and the answer.
    field(out, "then", line.substr(found.text.end(), found.insert_at - found.text.end()));
    field(out, "symbol", found.symbol);
    field(out, "offset", found.offset);
    field(out, "size", found.size);
    field(out, "module", found.module);
    field(out, "build_id", found.build_id);
    field(out, "address", found.address);
    field(out, "space", space_name(found.space));
    field(out, "file", found.file);
    field(out, "source", found.source);
    if (found.mapping.size != 0)
        field(out, "mapping", hex(found.mapping.base) + "+" + hex(found.mapping.size));
    if (found.is_file_offset) field(out, "counts", "file bytes");
    if (found.may_be_user) field(out, "of", "kernel or program");
    if (found.in_json) field(out, "in", "json");
    return out + "\n";
}

}  // namespace

std::string parse_text(std::string_view line, const log::ParsedLine& parsed) {
    std::string out;
    for (const auto& found : parsed.occurrences) out += occurrence_text(line, found);
    std::string facts;
    field(facts, "release", parsed.facts.release);
    field(facts, "kernel_build_id", parsed.facts.kernel_build_id);
    field(facts, "kaslr_offset", parsed.facts.kaslr_offset);
    field(facts, "warning_file", parsed.facts.warning_file);
    if (parsed.facts.warning_line != 0)
        field(facts, "warning_line", std::to_string(parsed.facts.warning_line));
    const auto& code = parsed.facts.code_bytes;
    field(facts, "code", line.substr(code.offset, code.size));
    field(facts, "user_file", parsed.facts.user_file);
    for (const auto& module : parsed.facts.user_modules) {
        field(facts, "module", module.number);
        field(facts, "user_file", module.file);
        field(facts, "user_build_id", module.build_id);
    }
    for (const auto& mapping : parsed.facts.user_mappings) {
        field(facts, "mapping", hex(mapping.base) + "+" + hex(mapping.size));
        field(facts, "of_module", hex(mapping.module));
        field(facts, "at", hex(mapping.in_file));
    }
    if (parsed.facts.begins_process) facts += " begins_process";
    if (parsed.facts.begins_core) facts += " begins_core";
    if (parsed.facts.begins_boot) facts += " begins_boot";
    if (parsed.facts.begins_report) facts += " begins_report";
    if (!facts.empty()) out += "facts" + facts + "\n";
    return out;
}

}  // namespace symline::test
