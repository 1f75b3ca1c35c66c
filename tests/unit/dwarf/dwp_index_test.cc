#include "dwarf/dwp_index.h"

#include <doctest/doctest.h>

#include "support/elf_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

using Units = dwarf::DwpIndex::Units;

struct Form {
    unsigned version = 5;
    bool big_endian = false;
    std::uint32_t slots = 4;
    std::uint32_t columns = 3;
    std::uint32_t rows = 2;
    std::uint32_t first_kind = 1;  ///< of the first column
};

/// An index of two units, 0x11 and 0x1500000011, whose slots collide.
ByteWriter index(const Form& form) {
    ByteWriter out(form.big_endian);
    form.version == 2 ? out.u32(2) : out.u16(form.version).u16(0);
    out.u32(form.columns).u32(form.rows).u32(form.slots);
    // 0x11 in slot 1; the other steps on by (0x15 & 3) | 1 to slot 2.
    out.u64(0).u64(0x11).u64(0x15'0000'0011).u64(0);
    out.u32(0).u32(1).u32(2).u32(0);
    out.u32(form.first_kind).u32(3).u32(8);
    out.u32(0x10).u32(0x20).u32(0x30).u32(0x40).u32(0x50).u32(0x60);
    out.u32(1).u32(2).u32(3).u32(4).u32(5).u32(6);
    return out;
}

class Opened {
public:
    explicit Opened(const ByteWriter& bytes, Units units = Units::split)
        : units_(units), elf_(built(bytes, units)) {}
    Expected<dwarf::DwpIndex> read() const { return dwarf::DwpIndex::read(elf_.file(), units_); }

private:
    static ByteVector built(const ByteWriter& bytes, Units units) {
        ElfBuilder elf({.big_endian = bytes.big_endian()}, ET_REL);
        elf.add({.name = units == Units::split ? ".debug_cu_index" : ".debug_tu_index",
                 .bytes = bytes.data()});
        return elf.build();
    }
    Units units_;
    OwnedElf elf_;
};

std::optional<dwarf::Slice> part(const dwarf::Contributions& parts, dwarf::SectionId id) {
    return parts[static_cast<std::size_t>(id)];
}

}  // namespace

TEST_CASE("the parts of a unit in a package, by its id") {
    for (const unsigned version : {2U, 5U}) {
        for (const bool big_endian : {false, true}) {
            const Opened opened(index({.version = version, .big_endian = big_endian}));
            const auto read = opened.read();
            REQUIRE(read.has_value());
            const auto first = read->find(0x11);
            REQUIRE(first.has_value());
            CHECK(part(*first, dwarf::SectionId::info)->offset == 0x10);
            CHECK(part(*first, dwarf::SectionId::info)->size == 1);
            const auto second = read->find(0x15'0000'0011);
            REQUIRE(second.has_value());
            CHECK(part(*second, dwarf::SectionId::abbrev)->offset == 0x50);
            CHECK(part(*second, dwarf::SectionId::abbrev)->size == 5);
            CHECK_FALSE(part(*second, dwarf::SectionId::line).has_value());
            // Kind 8 is DW_SECT_RNGLISTS in version 5, and was DW_SECT_MACRO.
            CHECK(part(*second, dwarf::SectionId::rnglists).has_value() == (version == 5));
            CHECK_FALSE(read->find(0x12).has_value());
            CHECK_FALSE(read->find(0).has_value());
        }
    }
}

TEST_CASE("the parts of a type unit, by its signature") {
    // Version 2 has them in .debug_types.dwo, kind 2, for which no kind stands in version 5.
    for (const unsigned version : {2U, 5U}) {
        for (const std::uint32_t kind : {1U, 2U}) {
            CAPTURE(version);
            CAPTURE(kind);
            const Opened opened(index({.version = version, .first_kind = kind}), Units::type);
            const auto read = opened.read();
            REQUIRE(read.has_value());
            CHECK(read->has_types_section() == (version == 2));
            const auto found = read->find(0x11);
            REQUIRE(found.has_value());
            CHECK(part(*found, dwarf::SectionId::info).has_value() == (kind == 1 || version == 2));
            CHECK_FALSE(read->find(0x12).has_value());
        }
    }
    const Opened split(index({.version = 2, .first_kind = 2}));
    CHECK_FALSE(part(*split.read()->find(0x11), dwarf::SectionId::info).has_value());
    // An index of the other kind.
    ElfBuilder elf({}, ET_REL);
    elf.add({.name = ".debug_cu_index", .bytes = index({}).data()});
    const auto other = elf.open();
    CHECK_FALSE(dwarf::DwpIndex::read(other.file(), Units::type).has_value());
}

TEST_CASE("damaged indexes of a package") {
    ElfBuilder none({}, ET_REL);
    const OwnedElf without(none.build());
    CHECK(dwarf::DwpIndex::read(without.file()).error().code == ErrorCode::no_such_section);
    for (const Form& form :
         {Form{.version = 3}, Form{.slots = 3}, Form{.slots = 0x8000'0000}, Form{.columns = 9},
          Form{.columns = 0xffff'ffff}, Form{.rows = 3}, Form{.rows = 0xffff'ffff}}) {
        const auto read = Opened(index(form)).read();
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error().code == ErrorCode::malformed);
    }
}

TEST_CASE("an index without an empty slot, and rows that are not there") {
    auto full = index({});
    constexpr std::size_t kRows = 16 + 4 * 8;
    full.patch(kRows, 1, 4);
    full.patch(kRows + 12, 0x7000'0000, 4);
    full.patch(16 + 3 * 8, 0x13, 8);
    const Opened opened(full);
    const auto read = opened.read();
    REQUIRE(read.has_value());
    CHECK_FALSE(read->find(0x77).has_value());  // goes round once
    CHECK_FALSE(read->find(0x13).has_value());  // row 0x70000000
    CHECK(read->find(0x11).has_value());
    const auto no_slots = index({.slots = 0, .rows = 0});
    const Opened empty(no_slots);
    REQUIRE(empty.read().has_value());
    CHECK_FALSE(empty.read()->find(0x11).has_value());
}
