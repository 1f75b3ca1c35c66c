#include "dwarf/die_walk.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <vector>

#include "dwarf/unit_table.h"
#include "support/dwarf_builder.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;
using dwarf::DieWalk;

namespace {

constexpr std::uint64_t kUnknownCode = 99;

/// A unit whose first DIE holds children that cannot be read; only its DW_AT_sibling leads past
/// them, to a DIE with the tag DW_TAG_variable.
void unreadable_children(DwarfBuilder& dwarf, std::uint64_t form) {
    dwarf.abbreviation(1, DW::DW_TAG_compile_unit, true, {});
    dwarf.abbreviation(2, DW::DW_TAG_subprogram, true,
                       {{DW::DW_AT_low_pc, DW::DW_FORM_addr},
                        {DW::DW_AT_high_pc, DW::DW_FORM_udata},
                        {DW::DW_AT_frame_base, DW::DW_FORM_exprloc},
                        {DW::DW_AT_sibling, form}});
    dwarf.abbreviation(3, DW::DW_TAG_variable, false, {});
    dwarf.end_abbreviations();
    dwarf.begin_unit();
    dwarf.info().uleb(1).uleb(2);
    dwarf.address(kText);
    dwarf.info().uleb(0x300).uleb(1).u8(DW::DW_OP_call_frame_cfa);
    const unsigned width = form == DW::DW_FORM_ref_udata || form == DW::DW_FORM_ref1 ? 1
                           : form == DW::DW_FORM_ref2                                ? 2
                           : form == DW::DW_FORM_ref8                                ? 8
                                                                                     : 4;
    dwarf.info().word(dwarf.here() + width + 1, width);
    dwarf.info().uleb(kUnknownCode).uleb(3).uleb(0);
    dwarf.end_unit();
}

/// A unit of DIEs without code, of one with code at the end, or without that.
struct DiesWithoutCode {
    static constexpr std::uint64_t kVariable = 2, kStructure = 0x90, kFunction = 4, kScope = 5;

    explicit DiesWithoutCode(DwarfKind kind = {}) : dwarf(kind) {
        dwarf.abbreviation(1, DW::DW_TAG_compile_unit, true, {});
        dwarf.abbreviation(kVariable, DW::DW_TAG_variable, false,
                           {{DW::DW_AT_decl_line, DW::DW_FORM_data2}});
        dwarf.abbreviation(
            kStructure, DW::DW_TAG_structure_type, true,
            {{DW::DW_AT_decl_line, DW::DW_FORM_data2}, {DW::DW_AT_sibling, DW::DW_FORM_ref4}});
        dwarf.abbreviation(kFunction, DW::DW_TAG_subprogram, false,
                           {{DW::DW_AT_low_pc, DW::DW_FORM_addr}});
        dwarf.abbreviation(kScope, DW::DW_TAG_namespace, true, {});
        dwarf.end_abbreviations();
        dwarf.begin_unit();
        dwarf.info().uleb(1);
    }
    void variable() { dwarf.info().uleb(kVariable).word(0x8182, 2); }
    /// Its children cannot be read. `too_far` is added to where its sibling is.
    void structure(std::int64_t too_far = 0) {
        dwarf.info().uleb(kStructure).word(0x8182, 2);
        const auto sibling = static_cast<std::int64_t>(dwarf.here()) + 6 + too_far;
        dwarf.info().word(static_cast<std::uint64_t>(sibling), 4);
        dwarf.info().uleb(kUnknownCode).u8(0);
    }
    void function() {
        dwarf.info().uleb(kFunction);
        dwarf.address(kText);
    }
    void end(bool list = true) {
        if (list) dwarf.info().u8(0);
        dwarf.end_unit();
    }

    DwarfBuilder dwarf;
};

/// Where the walk stands after what it passes.
struct Passed {
    std::uint64_t size;  ///< from the first child of the unit DIE on; 0 at the end of the unit
    std::uint16_t tag;   ///< of the next DIE; 0: there is none
    bool damaged;
    friend bool operator==(const Passed&, const Passed&) = default;
};

Passed pass(DiesWithoutCode& dies) {
    const OpenUnit open(dies.dwarf);
    auto& sections = open.sections();
    const dwarf::AbbreviationTable table(sections.get(dwarf::SectionId::abbrev).bytes,
                                         sections.big_endian(), 0, open->parameters());
    DieWalk walk(open.unit(), table, open->first_child());
    walk.pass_without_code();
    const auto step = walk.next();
    const bool end = step == DieWalk::Step::end;
    return {.size = end ? 0 : walk.offset() - open->first_child(),
            .tag = step == DieWalk::Step::die ? walk.tag() : std::uint16_t{0},
            .damaged = walk.damaged()};
}

/// The offsets of the DIEs below the unit DIE that may hold code: functions, and scopes of such.
std::vector<std::uint64_t> with_code(dwarf::LoadedUnit& unit, bool pass) {
    std::vector<std::uint64_t> found;
    DieWalk walk(unit.unit(), unit.abbreviations(), unit.unit().first_child());
    for (;;) {
        if (pass) walk.pass_without_code();
        if (walk.next() != DieWalk::Step::die) break;
        if (walk.has_pc() || dwarf::is_scope(walk.tag())) found.push_back(walk.offset());
        walk.skip_tree();
    }
    found.push_back(walk.damaged() ? 1 : 0);
    return found;
}

}  // namespace

TEST_CASE("DIEs without code, passed or walked over one by one: every unit of every fixture") {
    std::size_t units = 0, dies = 0;
    for (const auto& entry : std::filesystem::directory_iterator(fixture(""))) {
        if (!entry.is_regular_file()) continue;
        const auto file = elf::ElfFile::open(entry.path().string());
        if (!file) continue;
        CAPTURE(entry.path().string());
        dwarf::Sections sections(*file);
        dwarf::UnitTable table(sections);
        for (const dwarf::UnitHeader& header : table.headers()) {
            dwarf::LoadedUnit* unit = table.containing(header.first_die);
            REQUIRE(unit != nullptr);
            const auto one_by_one = with_code(*unit, false);
            CHECK(with_code(*unit, true) == one_by_one);
            ++units;
            dies += one_by_one.size() - 1;
        }
    }
    CHECK(units > 150);
    CHECK(dies > 900);
}

TEST_CASE("DIEs without code are passed up to one with code, to a scope, or to the end") {
    constexpr std::uint64_t kVariableSize = 3, kStructureSize = 2 + 6 + 2;
    for (const bool big_endian : {false, true}) {
        CAPTURE(big_endian);
        DwarfKind kind;
        kind.elf.big_endian = big_endian;
        DiesWithoutCode function(kind);
        function.variable(), function.structure(), function.variable(), function.structure();
        function.function(), function.variable(), function.end();
        CHECK(pass(function) ==
              Passed{2 * (kVariableSize + kStructureSize), DW::DW_TAG_subprogram, false});
        DiesWithoutCode scope(kind);
        scope.structure();
        scope.dwarf.info().uleb(DiesWithoutCode::kScope).u8(0);
        scope.end();
        CHECK(pass(scope) == Passed{kStructureSize, DW::DW_TAG_namespace, false});
        DiesWithoutCode list(kind);
        list.variable(), list.structure(), list.end();
        CHECK(pass(list) == Passed{kVariableSize + kStructureSize, 0, false});
        DiesWithoutCode unit(kind);
        unit.variable(), unit.structure(), unit.end(false);
        CHECK(pass(unit) == Passed{0, 0, false});
    }
}

TEST_CASE("a sibling that leads back, to the DIE itself or out of the unit is not followed") {
    for (const std::int64_t too_far : {-8L, -100L, 2L, 0x7fff'0000L}) {
        CAPTURE(too_far);
        DiesWithoutCode dies;
        dies.variable(), dies.structure(too_far), dies.end();
        CHECK(pass(dies) == Passed{3, DW::DW_TAG_structure_type, false});
    }
}

TEST_CASE("a unit that ends in the middle of a DIE without code is damaged as any other is") {
    DiesWithoutCode cut;
    cut.variable();
    cut.dwarf.info().uleb(DiesWithoutCode::kVariable).u8(1);
    cut.end(false);
    CHECK(pass(cut) == Passed{3, DW::DW_TAG_variable, false});
}

TEST_CASE("a sibling of any form, also after attributes without a fixed size") {
    for (const auto form : {DW::DW_FORM_ref1, DW::DW_FORM_ref2, DW::DW_FORM_ref4, DW::DW_FORM_ref8,
                            DW::DW_FORM_ref_udata, DW::DW_FORM_ref_addr}) {
        CAPTURE(form);
        DwarfBuilder dwarf;
        unreadable_children(dwarf, form);
        const OpenUnit open(dwarf);
        const dwarf::AbbreviationTable table(open.sections().get(dwarf::SectionId::abbrev).bytes,
                                             false, 0, open->parameters());
        for (const bool read : {false, true}) {
            DieWalk walk(open.unit(), table, open->first_child());
            REQUIRE(walk.next() == DieWalk::Step::die);
            const dwarf::PcAttributes pc = walk.pc();
            CHECK(pc.low_pc.number == kText);
            CHECK(pc.high_pc.number == 0x300);
            CHECK_FALSE(pc.ranges);
            if (read) {
                walk.skip_attributes();
                walk.skip_below();
            } else {
                walk.skip_tree();
            }
            REQUIRE(walk.next() == DieWalk::Step::die);
            CHECK(walk.tag() == DW::DW_TAG_variable);
            CHECK_FALSE(walk.has_pc());
            CHECK_FALSE(walk.pc());
            walk.skip_tree();
            CHECK(walk.next() == DieWalk::Step::end_of_children);
            CHECK_FALSE(walk.damaged());
        }
    }
}
