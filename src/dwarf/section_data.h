// The bytes of one DWARF section and the cursor that reads them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "elf/relocations.h"

namespace symline::dwarf {

using base::Bytes;
using base::Cursor;

enum class SectionId {
    info,
    abbrev,
    aranges,
    line,
    str,
    line_str,
    ranges,
    rnglists,
    addr,
    str_offsets,
    loc,
    loclists,
};
constexpr std::size_t kSectionCount = 12;

/// A section's bytes and, in a relocatable file, the relocations that complete them.
struct SectionData {
    Bytes bytes;
    std::optional<elf::Relocations> relocations;
};

/// The sections that were read so far, by SectionId.
using LoadedSections = std::array<std::optional<SectionData>, kSectionCount>;

/// A Cursor that can also read values which a relocation may complete.
class Reader : public Cursor {
public:
    Reader(const SectionData& section, bool big_endian, std::uint64_t offset = 0)
        : Cursor(section.bytes, big_endian, offset),
          relocations_(section.relocations ? &*section.relocations : nullptr) {}

    /// An address or an offset into another section, of `size` bytes.
    std::uint64_t relocated(unsigned size) {
        const std::uint64_t at = offset();
        const std::uint64_t value = word(size);
        return relocations_ == nullptr || !ok() ? value : relocations_->resolve(at, value);
    }

    /// A ULEB128 that is the distance of two places, which linkers that shorten code compute
    /// (LoongArch, RISC-V): it keeps its length.
    std::uint64_t relocated_uleb() {
        const std::uint64_t at = offset();
        const std::uint64_t value = uleb();
        if (relocations_ == nullptr || !ok()) return value;
        const std::uint64_t bits = 7 * (offset() - at);
        const std::uint64_t mask = bits < 64 ? (std::uint64_t{1} << bits) - 1 : ~std::uint64_t{0};
        return relocations_->resolve(at, value) & mask;
    }

private:
    const elf::Relocations* relocations_;
};

}  // namespace symline::dwarf
