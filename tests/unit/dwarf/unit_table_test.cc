#include "dwarf/unit_table.h"

#include <doctest/doctest.h>

#include <array>

#include "dwarf/aranges.h"
#include "support/program_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

/// A set of .debug_aranges.
void aranges(DwarfBuilder& dwarf, std::uint64_t unit,
             std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> ranges) {
    auto& out = dwarf.section("aranges");
    const unsigned width = dwarf.kind().address_size();
    const auto start = dwarf.begin_length(out);
    out.u16(2).word(unit, dwarf.kind().offset_size).u8(width).u8(0);
    while ((out.size() - start) % (2 * width) != 0) out.u8(0);
    for (const auto& [low, size] : ranges) out.word(low, width).word(size, width);
    out.word(0, width).word(0, width);
    dwarf.end_length(out, start);
}

struct Units {
    explicit Units(DwarfBuilder& dwarf)
        : elf(dwarf.open()), sections(elf.file()), table(sections) {}
    /// Offset of the one unit at an address, -1 for none, -2 for several.
    std::int64_t at(std::uint64_t address) {
        const auto found = table.at(address);
        if (found.size() != 1) return found.empty() ? -1 : -2;
        return static_cast<std::int64_t>(found[0]->unit().header().offset);
    }
    OwnedElf elf;
    dwarf::Sections sections;
    dwarf::UnitTable table;
};

struct TwoUnits {
    TwoUnits() {
        first = static_cast<std::int64_t>(program.begin_unit(kText, 0x100));
        program.function("f", kText, 0x10);
        program.end_unit();
        second = static_cast<std::int64_t>(program.begin_unit(kText + 0x100, 0x100));
        program.function("g", kText + 0x100, 0x10);
        program.end_unit();
    }
    ProgramBuilder program;
    std::int64_t first, second;
};

}  // namespace

TEST_CASE("units without .debug_aranges are found by the ranges of their DIEs") {
    TwoUnits two;
    Units units(two.program.dwarf());
    CHECK(units.at(kText) == two.first);
    CHECK(units.at(kText + 0xff) == two.first);
    CHECK(units.at(kText + 0x100) == two.second);
    CHECK(units.at(kText + 0x200) == -1);
    CHECK(units.at(0) == -1);
}

TEST_CASE(".debug_aranges answers first; a unit without a set in it is found all the same") {
    TwoUnits two;
    // As if the unit's DIE did not tell all: the set is believed.
    aranges(two.program.dwarf(), static_cast<std::uint64_t>(two.first),
            {{kText, 0x100}, {kCold, 0x10}, {0, 0x5000}, {~0ULL - 7, 4}});
    Units units(two.program.dwarf());
    CHECK(units.at(kText) == two.first);
    CHECK(units.at(kCold + 15) == two.first);
    CHECK(units.at(kText + 0x100) == two.second);
    CHECK(units.at(kText + 0x800) == -1);
    CHECK(units.sections.problem().empty());
}

TEST_CASE("units without any ranges are found by those of their functions") {
    ProgramBuilder program;
    const auto unit = static_cast<std::int64_t>(program.begin_unit(0, 0));
    program.function("f", kText + 0x40, 0x10);
    program.function("discarded", 0, 0x5000);
    program.end_unit();
    Units units(program.dwarf());
    CHECK(units.at(kText + 0x4f) == unit);
    CHECK(units.at(kText + 0x50) == -1);
}

TEST_CASE("discarded units never answer, whatever the tombstone") {
    for (const std::uint64_t tombstone : {0ULL, 1ULL, ~0ULL, ~0ULL - 1}) {
        CAPTURE(tombstone);
        ProgramBuilder program;
        program.begin_unit(tombstone, 0x5000);
        program.end_unit();
        const auto live = static_cast<std::int64_t>(program.begin_unit(kText, 0x100));
        program.end_unit();
        Units units(program.dwarf());
        CHECK(units.at(kText) == live);
        CHECK(units.at(tombstone) == -1);
        CHECK(units.at(kText + 0x200) == -1);
    }
}

TEST_CASE("damaged .debug_aranges: the other sources answer") {
    for (int damage = 0; damage < 4; ++damage) {
        CAPTURE(damage);
        TwoUnits two;
        auto& dwarf = two.program.dwarf();
        auto& out = dwarf.section("aranges");
        if (damage == 0) out.u32(0x7000).u16(2);
        if (damage == 1) out.u32(100).u16(2).u32(0).u8(3).u8(0).zeros(92);
        if (damage == 2) aranges(dwarf, 0x7777, {{kText, 0x200}});
        if (damage == 3) out.u16(1);
        Units units(dwarf);
        CHECK(units.at(kText) == two.first);
        CHECK(units.at(kText + 0x100) == two.second);
    }
}

TEST_CASE("sets of every class, byte order and offset size") {
    for (const ElfKind kind : kAllKinds) {
        for (const unsigned offset_size : {4U, 8U}) {
            DwarfBuilder dwarf({4, offset_size, kind});
            aranges(dwarf, 0x33, {{kText, 0x10}, {kText, 0}, {kCold, 0x20}});
            aranges(dwarf, 0x44, {{kText + 0x100, 0x10}});
            const OwnedElf elf = dwarf.open();
            dwarf::Sections sections(elf.file());
            std::vector<std::array<std::uint64_t, 3>> found;
            dwarf::for_each_arange(sections, [&](std::uint64_t unit, dwarf::AddressRange range) {
                found.push_back({unit, range.low, range.high});
            });
            const std::vector<std::array<std::uint64_t, 3>> expected{
                {0x33, kText, kText + 0x10},
                {0x33, kCold, kCold + 0x20},
                {0x44, kText + 0x100, kText + 0x110}};
            CHECK(found == expected);
            CHECK(sections.problem().empty());
        }
    }
}

TEST_CASE("the unit that holds a DIE, partial units too") {
    TwoUnits two;
    auto& dwarf = two.program.dwarf();
    const auto partial = dwarf.begin_unit(DW::DW_UT_partial);
    dwarf.info().uleb(12).uleb(0);
    dwarf.end_unit();
    Units units(dwarf);
    const auto containing = [&](std::uint64_t offset) {
        auto* unit = units.table.containing(offset);
        return unit == nullptr ? -1 : static_cast<std::int64_t>(unit->unit().header().offset);
    };
    CHECK(containing(20) == two.first);
    CHECK(containing(static_cast<std::uint64_t>(two.second) + 12) == two.second);
    CHECK(containing(static_cast<std::uint64_t>(two.second)) == -1);
    CHECK(containing(partial + 12) == static_cast<std::int64_t>(partial));
    CHECK(containing(0) == -1);
    CHECK(containing(1 << 20) == -1);
}

TEST_CASE("units of unknown versions and type units are stepped over") {
    ProgramBuilder program;
    auto& dwarf = program.dwarf();
    dwarf.info().u32(10).u16(99).zeros(8);
    dwarf.begin_unit(DW::DW_UT_type);
    dwarf.info().uleb(1).string("t").string("d").u64(kText).uleb(0x800).u32(0).uleb(0);
    dwarf.end_unit();
    const auto live = static_cast<std::int64_t>(program.begin_unit(kText, 0x100));
    program.end_unit();
    Units units(dwarf);
    CHECK(units.at(kText) == live);
    CHECK_FALSE(units.sections.problem().empty());
}

TEST_CASE("units: the least recently used are evicted, and read anew") {
    TwoUnits two;
    Units units(two.program.dwarf());
    const auto use = [&](std::uint64_t address, std::size_t max) {
        units.table.limit_memory(max);
        const auto found = units.table.at(address);
        REQUIRE(found.size() == 1);
        found[0]->functions(dwarf::ScanDepth::shallow);
        return static_cast<std::int64_t>(found[0]->unit().header().offset);
    };
    constexpr std::size_t kPlenty = std::size_t{1} << 30;
    units.table.set_cache_policy({.size = 1, .max = kPlenty});
    CHECK(use(kText, kPlenty) == two.first);
    CHECK(use(kText + 0x100, kPlenty) == two.second);
    CHECK(units.table.loaded_units() == 2);
    CHECK(units.table.cache_policy().size == 1);
    CHECK(use(kText, 1) == two.first);  // both went before it
    CHECK(units.table.loaded_units() == 1);
    CHECK(units.table.cache_policy().size == kPlenty);  // it was evicted too early
    units.table.set_cache_policy({.size = 1, .max = kPlenty});
    CHECK(use(kText + 0x100, kPlenty) == two.second);
    CHECK(units.table.cache_policy().size == 1);
    CHECK(units.table.loaded_units() == 2);
}
