// An ELF image around given debug sections, so that bytes reach the DWARF readers without having to
// be ELF.
//
// Input format: a byte of flags (1 big-endian, 2 ELF32, 4 ET_REL, 8 RISC-V), then for each section
// of kSectionNames a size (2 bytes, little-endian) and that many bytes. What is missing is empty.
// All addresses below kCodeSize are code.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace symline::fuzz {

constexpr std::array<std::string_view, 22> kSectionNames = {
    ".debug_info",
    ".debug_abbrev",
    ".debug_line",
    ".debug_str",
    ".debug_line_str",
    ".debug_ranges",
    ".debug_rnglists",
    ".debug_addr",
    ".debug_aranges",
    ".debug_str_offsets",
    ".rela.debug_info",
    ".rela.debug_line",
    ".rela.debug_ranges",
    ".symtab",
    ".strtab",
    ".debug_info.dwo",
    ".debug_abbrev.dwo",
    ".debug_line.dwo",
    ".debug_str.dwo",
    ".debug_rnglists.dwo",
    ".debug_str_offsets.dwo",
    ".debug_cu_index",
};
constexpr std::uint64_t kCodeSize = 0x100'0000;

struct ImageParts {
    bool big_endian = false;
    bool is64 = true;
    bool relocatable = false;
    bool riscv = false;
    std::array<std::vector<std::uint8_t>, kSectionNames.size()> sections;
};

/// Index in kSectionNames.
std::size_t section_index(std::string_view name);
ImageParts split(std::span<const std::uint8_t> input);
/// The input that split() takes apart into `parts`.
std::vector<std::uint8_t> joined(const ImageParts& parts);
std::vector<std::uint8_t> build_image(const ImageParts& parts);

}  // namespace symline::fuzz
