// .debug_cu_index and .debug_tu_index of a DWARF package (.dwp): which parts of the package belong
// to a split unit or a type unit (DWARF 5 section 7.3.5; version 2 is GNU's of DWARF 4).
#pragma once

#include <cstdint>
#include <optional>

#include "dwarf/sections.h"

namespace symline::dwarf {

class DwpIndex {
public:
    enum class Units { split, type };

    /// `package` must outlive the result. Errors: malformed, no_such_section.
    static Expected<DwpIndex> read(const elf::ElfFile& package, Units units = Units::split);

    /// Whether the type units are in .debug_types.dwo, for which SectionId::info stands.
    bool has_types_section() const { return version_ == 2; }
    /// The contributions of the unit whose DW_AT_dwo_id, or of the type whose signature, is `id`;
    /// nothing when it is not there.
    std::optional<Contributions> find(std::uint64_t id) const;

private:
    DwpIndex(Bytes bytes, bool big_endian, Units units)
        : bytes_(bytes), big_endian_(big_endian), units_are_(units) {}
    bool read_header();
    std::optional<SectionId> section_of(std::uint32_t column) const;
    std::uint32_t row_of(std::uint64_t id) const;
    std::uint32_t u32_at(std::uint64_t offset) const {
        return base::load<std::uint32_t>(bytes_.data() + offset, big_endian_);
    }

    Bytes bytes_;
    bool big_endian_;
    Units units_are_;
    std::uint32_t version_ = 0;
    std::uint32_t columns_ = 0;
    std::uint32_t units_ = 0;
    std::uint32_t slots_ = 0;
};

}  // namespace symline::dwarf
