#include <doctest/doctest.h>

#include "dwarf/line_table.h"
#include "support/line_builder.h"

using namespace symline;
using namespace symline::test;
using dwarf::LineTable;

namespace {

template <typename Write>
struct Table {
    explicit Table(Write write) {
        DwarfBuilder dwarf;
        LineBuilder lines(dwarf);
        write(lines);
        lines.end();
        one_unit(dwarf, {{DW::DW_AT_stmt_list, DW::DW_FORM_sec_offset}},
                 [](DwarfBuilder& out) { out.offset(0); });
        unit = std::make_unique<OpenUnit>(dwarf);
        table = std::make_unique<LineTable>(unit->unit());
    }
    std::uint32_t line(std::uint64_t address, std::size_t ordinal = 0) const {
        const auto row = table->at(address, ordinal);
        return row ? row->line : 0;
    }
    std::unique_ptr<OpenUnit> unit;
    std::unique_ptr<LineTable> table;
};

}  // namespace

TEST_CASE("several sequences, in any order, each starting anew") {
    const Table table([](LineBuilder& out) {
        out.row(kText + 0x100, 49).op(DW::DW_LNS_set_column, 9).special(4, 1);
        out.advance_pc(4).end_sequence();
        out.row(kText, 9).advance_pc(8).end_sequence();
        out.row(kCold, 69).advance_pc(8).end_sequence();
    });
    CHECK(table.line(kText) == 10);
    CHECK(table.table->at(kText)->column == 0);
    CHECK(table.line(kText + 8) == 0);
    CHECK(table.line(kText + 0x100) == 50);
    CHECK(table.line(kText + 0x104) == 51);
    CHECK(table.table->at(kText + 0x104)->column == 9);
    CHECK(table.line(kText + 0x108) == 0);
    CHECK(table.line(kCold + 7) == 70);
}

TEST_CASE("a sequence whose addresses decrease") {
    const Table table([](LineBuilder& out) {
        out.row(kText, 9);          // 10
        out.row(kText + 0x40, 10);  // 20
        out.row(kText + 0x20, 10);  // 30
        out.row(kText + 0x60, 10);  // 40
        out.set_address(kText + 0x80).end_sequence();
    });
    CHECK(table.line(kText + 0x10) == 10);
    CHECK(table.line(kText + 0x28) == 30);
    CHECK(table.line(kText + 0x50) == 30);
    CHECK(table.line(kText + 0x70) == 40);
}

TEST_CASE("sequences of discarded functions never answer") {
    for (const std::uint64_t start : {0ULL, 1ULL, ~0ULL, ~0ULL - 1, 0x900ULL}) {
        CAPTURE(start);
        const Table table([start](LineBuilder& out) {
            // Reaches over live code.
            out.row(start, 98).advance_pc(0x1800).end_sequence();
            out.row(kText, 9).advance_pc(8).end_sequence();
        });
        CHECK(table.line(kText) == 10);
        CHECK(table.line(start) == 0);
        CHECK(table.line(kText + 0x20) == 0);
    }
}

TEST_CASE("of folded functions the ordinal chooses the sequence") {
    const Table table([](LineBuilder& out) {
        out.row(kText, 9).advance_pc(8).end_sequence();
        out.row(kText, 19).advance_pc(8).end_sequence();
        out.row(kText + 0x10, 29).advance_pc(8).end_sequence();
    });
    CHECK(table.table->sequences_at(kText) == 2);
    CHECK(table.table->sequences_at(kText + 0x10) == 1);
    CHECK(table.table->sequences_at(kText + 0x20) == 0);
    CHECK(table.line(kText, 0) == 10);
    CHECK(table.line(kText, 1) == 20);
    CHECK(table.line(kText, 7) == 20);
}

TEST_CASE("what is damaged ends the table there, and is noted") {
    const auto good = [](LineBuilder& out) { out.row(kText, 9).advance_pc(8).end_sequence(); };
    const Table endless([&](LineBuilder& out) {
        good(out);
        out.row(kText + 0x100, 1).op(0).raw().uleb(100).u8(DW::DW_LNE_set_address);
    });
    CHECK(endless.line(kText) == 10);
    CHECK(endless.line(kText + 0x100) == 0);
    CHECK_FALSE(endless.unit->sections().problem().empty());
    const Table zero_length([&](LineBuilder& out) {
        good(out);
        out.op(0).raw().u8(0);
    });
    CHECK(zero_length.line(kText) == 10);
    CHECK_FALSE(zero_length.unit->sections().problem().empty());
    const Table without_end([&](LineBuilder& out) {
        good(out);
        out.row(kText + 0x100, 1);
    });
    CHECK(without_end.line(kText) == 10);
    CHECK(without_end.line(kText + 0x100) == 0);
    const Table odd_address([&](LineBuilder& out) {
        good(out);
        out.extended(DW::DW_LNE_set_address, {1, 2, 3});
    });
    CHECK(odd_address.line(kText) == 10);
    CHECK_FALSE(odd_address.unit->sections().problem().empty());
}

TEST_CASE("a unit without a line program, or with a damaged header, has no rows") {
    DwarfBuilder none;
    one_unit(none, {}, [](DwarfBuilder&) {});
    const OpenUnit without(none);
    const LineTable empty(without.unit());
    CHECK_FALSE(empty.at(kText));
    CHECK_FALSE(empty.file(1));
    CHECK(without.sections().problem().empty());
    DwarfBuilder damaged;
    damaged.section("line").u32(4).u16(99).u16(0);
    one_unit(damaged, {{DW::DW_AT_stmt_list, DW::DW_FORM_sec_offset}},
             [](DwarfBuilder& out) { out.offset(0); });
    const OpenUnit broken(damaged);
    const LineTable nothing(broken.unit());
    CHECK_FALSE(nothing.at(kText));
    CHECK_FALSE(broken.sections().problem().empty());
}
