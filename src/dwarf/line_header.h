// The header of a line number program: its parameters and its file table (DWARF 5 section 6.2.4).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "dwarf/unit.h"

namespace symline::dwarf {

struct LineHeader {
    FormParameters parameters;  ///< the program's own version and offset size
    std::uint64_t program = 0;  ///< offset of the first opcode in .debug_line
    std::uint64_t end = 0;
    std::uint8_t minimum_instruction_length = 1;
    std::uint8_t maximum_operations = 1;
    std::int8_t line_base = 0;
    std::uint8_t line_range = 1;
    std::uint8_t opcode_base = 1;
    std::uint64_t opcode_lengths = 0;  ///< offset of standard_opcode_lengths
    /// Offsets in .debug_line of the entries of each table, without reading them.
    std::vector<std::uint32_t> directories;
    std::vector<std::uint32_t> files;
    /// Version 5: (content type, form) pairs of each table.
    std::vector<AttributeSpec> directory_format;
    std::vector<AttributeSpec> file_format;
};

/// One entry of the file table. Views into the file's sections.
struct FileEntry {
    std::string_view name;
    std::string_view directory;             ///< as the table has it; may be relative
    bool in_compilation_directory = false;  ///< the directory's index is 0
};

/// Reads the header at `offset` of .debug_line. Nothing when it is damaged.
std::optional<LineHeader> read_line_header(const Unit& unit, std::uint64_t offset);

/// The file of a row or a call site. Nothing for an index outside of the table.
std::optional<FileEntry> file_entry(const Unit& unit, const LineHeader& header,
                                    std::uint64_t index);

}  // namespace symline::dwarf
