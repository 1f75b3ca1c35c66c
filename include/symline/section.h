// Sections of an ELF file, and places given as "section + offset".
//
//     for (const symline::Section& section : module.sections().all()) {
//         if (section.executable()) std::cout << section.name << ' ' << section.size << '\n';
//     }
#pragma once

#include <cstdint>
#include <string_view>

#include "symline/address.h"

namespace symline {

/// One section header. `name` is a view into the Module.
struct Section {
    std::string_view name;
    std::uint32_t index = 0;  ///< in the section header table; also above 65,279 (SHN_XINDEX)
    std::uint32_t type = 0;   ///< sh_type
    std::uint64_t flags = 0;  ///< sh_flags
    /// sh_addr for ET_EXEC and ET_DYN. In ET_REL files the base that this library gave the section.
    FileAddress address;
    std::uint64_t size = 0;       ///< sh_size, in bytes
    std::uint64_t alignment = 0;  ///< sh_addralign: 0 and 1 ask for none

    [[nodiscard]] bool allocated() const { return (flags & 0x2) != 0; }   ///< SHF_ALLOC
    [[nodiscard]] bool executable() const { return (flags & 0x4) != 0; }  ///< SHF_EXECINSTR
    [[nodiscard]] bool contains(FileAddress at) const { return at.value - address.value < size; }
};

/// A place in a section, in bytes from its start.
struct SectionOffset {
    const Section* section = nullptr;
    std::uint64_t offset = 0;
};

}  // namespace symline
