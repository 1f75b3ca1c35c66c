// Sections of one name that are read as one.
//
// In a relocatable file each type unit has a section .debug_info (DWARF 5) or .debug_types of its
// own, in a group of which the linker keeps one (gcc and clang, -fdebug-types-section). They are
// laid one after the other, in the order of the file, as a linker would do it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "elf/elf_file.h"

namespace symline::elf {

/// Whether a section is the .debug_ one that is asked for, under its own name or its old compressed
/// one (.zdebug_).
bool is_debug_section(std::string_view section, std::string_view name);

/// A section, and where it begins in the joined one.
struct JoinedPart {
    const Section* section;
    base::Bytes bytes;
    std::uint64_t offset;
};

/// The sections of this name: see is_debug_section(). Errors: malformed, also where sections
/// overlap, whose bytes would be copied once for each of them; truncated, unsupported.
Expected<std::vector<JoinedPart>> sections_named(const ElfFile& file, std::string_view name);

/// The bytes of all parts.
std::vector<std::uint8_t> join(std::span<const JoinedPart> parts);

}  // namespace symline::elf
