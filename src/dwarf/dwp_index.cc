#include "dwarf/dwp_index.h"

namespace symline::dwarf {
namespace {

constexpr std::uint64_t kHeaderSize = 16;
constexpr std::uint64_t kSlotSize = 8 + 4;  ///< a signature, and in the next table a row's number
constexpr std::uint64_t kCellSize = 4;
/// Version 2 has 8 kinds of sections, version 5 has 7.
constexpr std::uint32_t kMaxColumns = 8;

}  // namespace

Expected<DwpIndex> DwpIndex::read(const elf::ElfFile& package, Units units) {
    const Section* section =
        package.debug_section(units == Units::split ? ".debug_cu_index" : ".debug_tu_index");
    if (section == nullptr) {
        return std::unexpected(
            Error{ErrorCode::no_such_section, package.path(), "holds no index of split units"});
    }
    const auto bytes = package.contents(*section);
    if (!bytes) return std::unexpected(bytes.error());
    DwpIndex index(*bytes, package.big_endian(), units);
    if (index.read_header()) return index;
    return std::unexpected(
        Error{ErrorCode::malformed, package.path(), "damaged or unknown index of split units"});
}

bool DwpIndex::read_header() {
    Cursor cursor(bytes_, big_endian_);
    version_ = cursor.u32();
    if (version_ != 2) {
        cursor.seek(0);
        version_ = cursor.u16();
        cursor.skip(2);
    }
    columns_ = cursor.u32();
    units_ = cursor.u32();
    slots_ = cursor.u32();
    if (!cursor.ok() || (version_ != 2 && version_ != 5) || columns_ > kMaxColumns) return false;
    // The hash function masks, so the count of slots is a power of 2.
    if ((slots_ & (slots_ - 1)) != 0) return false;
    // None of these products can overflow: columns are few, the counts have 32 bits.
    const std::uint64_t cells = std::uint64_t{columns_} * (1 + 2 * std::uint64_t{units_});
    return slots_ * kSlotSize + cells * kCellSize <= cursor.remaining();
}

std::uint32_t DwpIndex::row_of(std::uint64_t id) const {
    if (slots_ == 0) return 0;
    const std::uint64_t mask = slots_ - 1;
    const std::uint64_t step = ((id >> 32) & mask) | 1;
    const std::uint64_t rows = kHeaderSize + std::uint64_t{slots_} * 8;
    std::uint64_t slot = id & mask;
    // An odd step meets every slot once before it comes back to the first.
    for (std::uint32_t tries = 0; tries < slots_; ++tries, slot = (slot + step) & mask) {
        const std::uint32_t row = u32_at(rows + slot * 4);
        if (row == 0) return 0;
        const auto* signature = bytes_.data() + kHeaderSize + slot * 8;
        if (base::load<std::uint64_t>(signature, big_endian_) == id) return row;
    }
    return 0;
}

std::optional<SectionId> DwpIndex::section_of(std::uint32_t column) const {
    const std::uint64_t kinds = kHeaderSize + slots_ * kSlotSize;
    switch (u32_at(kinds + column * kCellSize)) {
        case 1: return SectionId::info;
        case 2:  // DW_SECT_TYPES, which version 5 does not have
            return units_are_ == Units::type && version_ == 2 ? std::optional(SectionId::info)
                                                              : std::nullopt;
        case 3: return SectionId::abbrev;
        case 4: return SectionId::line;
        case 5: return version_ == 5 ? SectionId::loclists : SectionId::loc;
        case 6: return SectionId::str_offsets;
        case 8:  // DW_SECT_MACRO in version 2
            return version_ == 5 ? std::optional(SectionId::rnglists) : std::nullopt;
        default: return std::nullopt;
    }
}

std::optional<Contributions> DwpIndex::find(std::uint64_t id) const {
    const std::uint32_t row = row_of(id);
    if (row == 0 || row > units_) return std::nullopt;
    const std::uint64_t offsets = kHeaderSize + slots_ * kSlotSize + columns_ * kCellSize;
    const std::uint64_t sizes = offsets + std::uint64_t{units_} * columns_ * kCellSize;
    const std::uint64_t first = std::uint64_t{row - 1} * columns_ * kCellSize;
    Contributions found;
    for (std::uint32_t column = 0; column < columns_; ++column) {
        const auto section = section_of(column);
        if (!section) continue;
        const std::uint64_t cell = first + column * kCellSize;
        found[static_cast<std::size_t>(*section)] = {u32_at(offsets + cell), u32_at(sizes + cell)};
    }
    return found;
}

}  // namespace symline::dwarf
