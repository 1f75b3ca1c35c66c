#include "dwarf/line_header.h"

namespace symline::dwarf {
namespace {

constexpr std::uint64_t kMaxSection = 0xffff'ffff;

/// Versions 2 to 4: strings, ended by an empty one.
bool read_old_directories(Reader& reader, LineHeader& header) {
    while (reader.ok()) {
        const std::uint64_t at = reader.offset();
        if (reader.string().empty()) return reader.ok();
        header.directories.push_back(static_cast<std::uint32_t>(at));
    }
    return false;
}

/// Versions 2 to 4: name, directory index, time, size; ended by an empty name.
bool read_old_files(Reader& reader, LineHeader& header) {
    while (reader.ok()) {
        const std::uint64_t at = reader.offset();
        if (reader.string().empty()) return reader.ok();
        for (int field = 0; field < 3; ++field) reader.skip_leb();
        header.files.push_back(static_cast<std::uint32_t>(at));
    }
    return false;
}

/// Version 5: a format, a count, and that many entries.
bool read_table(Reader& reader, const FormParameters& parameters,
                std::vector<AttributeSpec>& format, std::vector<std::uint32_t>& entries) {
    const unsigned columns = reader.u8();
    for (unsigned i = 0; i < columns; ++i) {
        AttributeSpec spec;
        spec.name = static_cast<std::uint16_t>(reader.uleb());
        spec.form = static_cast<std::uint16_t>(reader.uleb());
        spec.width = fixed_size(spec.form, parameters).value_or(AttributeSpec::kVariable);
        format.push_back(spec);
    }
    const std::uint64_t count = reader.uleb();
    // Real entries take at least a byte a column, so a count beyond what is left is damage. A
    // column of a form without bytes (DW_FORM_flag_present) would let a few bytes ask for 2^62
    // entries: llvm-dwarfdump 19 took 8 GB in 3 s for such a header, and crashed.
    if (!reader.ok() || (columns == 0 && count != 0)) return false;
    if (columns != 0 && count > reader.remaining() / columns) return false;
    entries.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        entries.push_back(static_cast<std::uint32_t>(reader.offset()));
        for (const AttributeSpec& spec : format) skip_attribute(reader, spec, parameters);
        if (!reader.ok()) return false;
    }
    return true;
}

bool read_tables(Reader& reader, LineHeader& header) {
    if (header.parameters.version < 5) {
        return read_old_directories(reader, header) && read_old_files(reader, header);
    }
    return read_table(reader, header.parameters, header.directory_format, header.directories) &&
           read_table(reader, header.parameters, header.file_format, header.files);
}

struct RawEntry {
    std::string_view name;
    std::uint64_t directory = 0;
};

RawEntry read_entry(const Unit& unit, const LineHeader& header, std::uint32_t offset,
                    const std::vector<AttributeSpec>& format) {
    Reader reader = unit.sections().reader(SectionId::line, offset);
    RawEntry entry;
    if (header.parameters.version < 5) {
        entry.name = reader.string();
        entry.directory = reader.uleb();
        return entry;
    }
    for (const AttributeSpec& spec : format) {
        const auto value = read_form(reader, spec.form, 0, header.parameters, Constants::as_stored);
        if (spec.name == DW::DW_LNCT_path) entry.name = unit.string(value);
        if (spec.name == DW::DW_LNCT_directory_index) entry.directory = value.number;
    }
    return entry;
}

std::string_view directory(const Unit& unit, const LineHeader& header, std::uint64_t index) {
    if (header.parameters.version < 5) {
        if (index == 0) return unit.string(unit.attributes().compilation_directory);
        --index;
        if (index >= header.directories.size()) return {};
        return base::string_at(unit.sections().get(SectionId::line).bytes,
                               header.directories[index]);
    }
    if (index >= header.directories.size()) return {};
    return read_entry(unit, header, header.directories[index], header.directory_format).name;
}

}  // namespace

std::optional<LineHeader> read_line_header(const Unit& unit, std::uint64_t offset) {
    const SectionData& section = unit.sections().get(SectionId::line);
    if (offset >= section.bytes.size() || section.bytes.size() > kMaxSection) return std::nullopt;
    Reader reader(section, unit.sections().big_endian(), offset);
    LineHeader header;
    header.parameters = unit.parameters();
    header.parameters.offset_size = 4;
    std::uint64_t length = reader.u32();
    if (length == DW::DW_LENGTH_DWARF64) {
        header.parameters.offset_size = 8;
        length = reader.u64();
    }
    if (!reader.ok() || length > reader.remaining()) return std::nullopt;
    if (!unit.sections().spend(Work::line_programs, length)) return std::nullopt;
    header.end = reader.offset() + length;
    reader.limit(header.end);
    header.parameters.version = reader.u16();
    if (header.parameters.version < 2 || header.parameters.version > 5) return std::nullopt;
    if (header.parameters.version == 5) {
        header.parameters.address_size = reader.u8();
        reader.skip(1);  // segment selector size
    }
    const std::uint64_t header_length = reader.word(header.parameters.offset_size);
    if (header_length > reader.remaining()) return std::nullopt;
    header.program = reader.offset() + header_length;
    header.minimum_instruction_length = reader.u8();
    if (header.parameters.version >= 4) header.maximum_operations = reader.u8();
    reader.skip(1);  // default_is_stmt
    header.line_base = static_cast<std::int8_t>(reader.u8());
    header.line_range = reader.u8();
    header.opcode_base = reader.u8();
    header.opcode_lengths = reader.offset();
    reader.skip(header.opcode_base == 0 ? 0 : header.opcode_base - 1);
    if (!reader.ok() || header.line_range == 0 || header.opcode_base == 0) return std::nullopt;
    reader.limit(header.program);
    if (!read_tables(reader, header)) return std::nullopt;
    return header;
}

std::optional<FileEntry> file_entry(const Unit& unit, const LineHeader& header,
                                    std::uint64_t index) {
    if (header.parameters.version < 5) {
        // Numbered from 1; 0 is the unit's own source file.
        if (index == 0) {
            const std::string_view name = unit.string(unit.attributes().name);
            if (name.empty()) return std::nullopt;
            return FileEntry{name, directory(unit, header, 0), true};
        }
        --index;
    }
    if (index >= header.files.size()) return std::nullopt;
    const RawEntry raw = read_entry(unit, header, header.files[index], header.file_format);
    if (raw.name.empty()) return std::nullopt;
    return FileEntry{raw.name, directory(unit, header, raw.directory), raw.directory == 0};
}

}  // namespace symline::dwarf
