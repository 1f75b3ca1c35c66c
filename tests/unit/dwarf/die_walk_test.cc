#include "dwarf/die_walk.h"

#include <doctest/doctest.h>

#include "support/dwarf_builder.h"

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

}  // namespace

TEST_CASE("a sibling of any form, also behind attributes without a fixed size") {
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
            if (read) walk.skip_attributes();
            walk.skip_tree(read);
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
