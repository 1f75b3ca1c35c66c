#include "dwarf/embedded_source.h"

#include <algorithm>
#include <cstring>

#include "dwarf/path_join.h"

namespace symline::dwarf {
namespace {

/// As of a source file that is read from disk.
constexpr std::size_t kMaxText = std::size_t{64} * 1024 * 1024;
/// How many files of a table with the wanted name are compared as a whole path: real tables have a
/// few of one name.
constexpr int kMaxPaths = 1024;

bool has_sources(const LineHeader& header) {
    return std::ranges::find(header.file_format, DW::DW_LNCT_LLVM_source, &AttributeSpec::name) !=
           header.file_format.end();
}

/// A string of any length, where Unit::string() takes long ones for damage.
std::string_view long_string_at(Bytes strings, std::uint64_t offset) {
    const Bytes rest = base::tail(strings, offset);
    const std::size_t room = std::min(rest.size(), kMaxText);
    if (room == 0) return {};
    const auto* end = static_cast<const std::uint8_t*>(std::memchr(rest.data(), 0, room));
    if (end == nullptr) return {};
    return {reinterpret_cast<const char*>(rest.data()),
            static_cast<std::size_t>(end - rest.data())};
}

std::string_view text_of(const Unit& unit, const FormValue& value) {
    Sections& sections = unit.sections();
    switch (value.form) {
        case DW::DW_FORM_line_strp:
            return long_string_at(sections.get(SectionId::line_str).bytes, value.number);
        case DW::DW_FORM_strp:
            return long_string_at(sections.get(SectionId::str).bytes, value.number);
        default: return unit.string(value);
    }
}

std::string_view source_of_entry(const Unit& unit, const LineHeader& header, std::size_t index) {
    Reader reader = unit.sections().reader(SectionId::line, header.files[index]);
    for (const AttributeSpec& spec : header.file_format) {
        const auto value = read_form(reader, spec.form, 0, header.parameters, Constants::as_stored);
        if (spec.name == DW::DW_LNCT_LLVM_source) return text_of(unit, value);
    }
    return {};
}

}  // namespace

std::string_view embedded_source(LoadedUnit& unit, std::string_view path) {
    const auto& header = unit.lines().header();
    if (!header || !has_sources(*header)) return {};
    const Unit& reader = unit.unit();
    if (!reader.sections().spend(Work::variables, header->files.size())) return {};
    const auto directory = reader.string(reader.attributes().compilation_directory);
    int compared = 0;
    for (std::size_t i = 0; i < header->files.size() && compared < kMaxPaths; ++i) {
        const auto entry = file_entry(reader, *header, i);
        if (!entry || !path.ends_with(entry->name)) continue;
        ++compared;
        if (join_path(*entry, directory).text != path) continue;
        const auto text = source_of_entry(reader, *header, i);
        if (!text.empty()) return text;
    }
    return {};
}

}  // namespace symline::dwarf
