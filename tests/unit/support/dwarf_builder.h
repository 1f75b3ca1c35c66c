// DWARF sections made in memory, in a file with code at kText and kCold.
#pragma once

#include <llvm/BinaryFormat/Dwarf.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dwarf/unit_table.h"
#include "support/elf_builder.h"

namespace symline::test {

namespace DW = llvm::dwarf;

inline constexpr std::uint64_t kText = 0x1000, kTextSize = 0x1000;
inline constexpr std::uint64_t kCold = 0x4000, kColdSize = 0x1000;

struct DwarfKind {
    std::uint16_t version = 5;
    unsigned offset_size = 4;
    ElfKind elf = {};
    unsigned address_size() const { return elf.is64 ? 8 : 4; }
};

struct Attribute {
    std::uint64_t name = 0, form = 0;
    std::int64_t implicit_constant = 0;
};

class DwarfBuilder {
public:
    explicit DwarfBuilder(DwarfKind kind = {}) : kind_(kind) {}

    const DwarfKind& kind() const { return kind_; }
    /// The section ".debug_NAME".
    ByteWriter& section(const std::string& name) {
        return sections_.try_emplace(name, kind_.elf.big_endian).first->second;
    }
    ByteWriter& info() { return section("info"); }

    /// One abbreviation; end_abbreviations() ends the table.
    void abbreviation(std::uint64_t code, std::uint64_t tag, bool children,
                      std::initializer_list<Attribute> attributes);
    void end_abbreviations() { section("abbrev").u8(0); }

    /// The header; gives its offset in .debug_info.
    std::uint64_t begin_unit(std::uint8_t type = DW::DW_UT_compile,
                             std::uint64_t abbreviations = 0);
    /// Fills in the length that begin_unit() left open.
    void end_unit();
    /// Offset in .debug_info of what comes next, from the start of the unit.
    std::uint64_t here() { return info().size() - unit_; }

    /// Appends to .debug_str and gives the offset.
    std::uint64_t str(std::string_view text);
    ByteWriter& offset(std::uint64_t value) { return info().word(value, kind_.offset_size); }
    ByteWriter& address(std::uint64_t value) { return info().word(value, kind_.address_size()); }

    /// An initial length, and what fills it in when the contribution ends.
    std::uint64_t begin_length(ByteWriter& out) const;
    void end_length(ByteWriter& out, std::uint64_t start) const;

    /// Symbols and the like go here before open().
    ElfBuilder& elf() { return *elf_; }
    ByteVector build();
    OwnedElf open() { return OwnedElf(build()); }

private:
    DwarfKind kind_;
    std::unique_ptr<ElfBuilder> elf_ = std::make_unique<ElfBuilder>(kind_.elf, ET_EXEC);
    std::map<std::string, ByteWriter> sections_;
    std::uint64_t unit_ = 0;
};

/// One unit with `attributes` on its DIE, whose bytes `write` appends.
template <typename Write>
void one_unit(DwarfBuilder& dwarf, std::initializer_list<Attribute> attributes, Write write) {
    dwarf.abbreviation(1, DW::DW_TAG_compile_unit, false, attributes);
    dwarf.end_abbreviations();
    dwarf.begin_unit();
    dwarf.info().uleb(1);
    write(dwarf);
    dwarf.end_unit();
}

/// A file and its first unit, ready to be read.
class OpenUnit {
public:
    explicit OpenUnit(DwarfBuilder& dwarf, std::uint64_t at = 0)
        : elf_(dwarf.open()),
          sections_(std::make_unique<dwarf::Sections>(elf_.file())),
          unit_(std::make_unique<dwarf::Unit>(*sections_,
                                              *dwarf::read_unit_header(*sections_, at))) {}

    dwarf::Sections& sections() const { return *sections_; }
    const dwarf::Unit& unit() const { return *unit_; }
    const dwarf::Unit* operator->() const { return unit_.get(); }

private:
    OwnedElf elf_;
    std::unique_ptr<dwarf::Sections> sections_;
    std::unique_ptr<dwarf::Unit> unit_;
};

}  // namespace symline::test
