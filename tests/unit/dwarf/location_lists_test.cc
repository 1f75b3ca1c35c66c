#include "dwarf/location_lists.h"

#include <doctest/doctest.h>

#include <string>

#include "support/die_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

/// The first bytes of the expressions of a list, and "!" when it is damaged.
std::string expressions(DwarfBuilder& dwarf, const dwarf::FormValue& location, int most = 100) {
    one_unit(dwarf, {{DW::DW_AT_loclists_base, DW::DW_FORM_sec_offset}},
             [](DwarfBuilder& out) { out.offset(12); });
    const OpenUnit open(dwarf);
    std::string found;
    const bool whole = for_each_location(open.unit(), location, [&](dwarf::Bytes bytes) {
        found += bytes.empty() ? '-' : static_cast<char>(bytes[0]);
        return --most > 0;
    });
    return whole ? found : found + '!';
}

ByteWriter& lists_header(DwarfBuilder& dwarf) {
    ByteWriter& out = dwarf.section("loclists");
    return out.u32(0x1000).u16(5).u8(8).u8(0).u32(1);
}

void expression_of(ByteWriter& out, char first) {
    out.uleb(2).u8(static_cast<std::uint8_t>(first)).u8(0);
}

}  // namespace

TEST_CASE("every kind of entry of .debug_loclists") {
    DwarfBuilder dwarf;
    ByteWriter& out = lists_header(dwarf);
    out.u32(4);
    out.u8(DW::DW_LLE_base_addressx).uleb(3);
    out.u8(DW::DW_LLE_startx_endx).uleb(1).uleb(300);
    expression_of(out, 'a');
    out.u8(DW::DW_LLE_startx_length).uleb(1).uleb(300);
    expression_of(out, 'b');
    out.u8(DW::DW_LLE_offset_pair).uleb(1).uleb(300);
    expression_of(out, 'c');
    out.u8(DW::DW_LLE_default_location);
    expression_of(out, 'd');
    out.u8(DW::DW_LLE_base_address).u64(7);
    out.u8(DW::DW_LLE_start_end).u64(1).u64(2);
    expression_of(out, 'e');
    out.u8(DW::DW_LLE_start_length).u64(1).uleb(2);
    expression_of(out, 'f');
    out.u8(DW::DW_LLE_end_of_list);
    CHECK(expressions(dwarf, {DW::DW_FORM_loclistx, 0, {}}) == "abcdef");
    CHECK(expressions(dwarf, {DW::DW_FORM_loclistx, 0, {}}, 2) == "ab");
    CHECK(expressions(dwarf, {DW::DW_FORM_sec_offset, 16, {}}) == "abcdef");
}

TEST_CASE("damaged location lists") {
    DwarfBuilder dwarf;
    ByteWriter& out = lists_header(dwarf);
    out.u32(4);
    out.u8(DW::DW_LLE_default_location);
    expression_of(out, 'a');
    const auto unknown = out.size();
    out.u8(0x20);
    const auto cut = out.size();
    out.u8(DW::DW_LLE_default_location).uleb(100).u8('b');
    CHECK(expressions(dwarf, {DW::DW_FORM_sec_offset, 16, {}}) == "a!");
    CHECK(expressions(dwarf, {DW::DW_FORM_sec_offset, unknown, {}}) == "!");
    CHECK(expressions(dwarf, {DW::DW_FORM_sec_offset, cut, {}}) == "!");
    CHECK(expressions(dwarf, {DW::DW_FORM_sec_offset, 0x10000, {}}) == "!");
    CHECK(expressions(dwarf, {DW::DW_FORM_loclistx, 0x10000, {}}) == "!");
    CHECK(expressions(dwarf, {DW::DW_FORM_loclistx, ~std::uint64_t{0}, {}}) == "!");
    CHECK(expressions(dwarf, {DW::DW_FORM_data1, 1, {}}) == "!");
    CHECK(expressions(dwarf, {}).empty());
}

TEST_CASE("lists of DWARF 4") {
    for (const bool big : {false, true}) {
        DwarfBuilder dwarf({.version = 4, .elf = {.big_endian = big}});
        ByteWriter& out = dwarf.section("loc");
        out.u64(~std::uint64_t{0}).u64(0x1000);
        out.u64(0).u64(8).u16(1).u8('a');
        out.u64(8).u64(16).u16(0);
        out.u64(16).u64(24).u16(2).u8('b').u8(0);
        out.u64(0).u64(0);
        const auto cut = out.size();
        out.u64(1).u64(2).u16(40).u8('c');
        CHECK(expressions(dwarf, {DW::DW_FORM_sec_offset, 0, {}}) == "a-b");
        CHECK(expressions(dwarf, {DW::DW_FORM_data4, 0, {}}, 1) == "a");
        CHECK(expressions(dwarf, {DW::DW_FORM_sec_offset, cut, {}}) == "!");
    }
}

TEST_CASE("one expression in the place of a list") {
    DwarfBuilder dwarf;
    CHECK(expressions(dwarf, {DW::DW_FORM_exprloc, 0, "x"}) == "x");
    CHECK(expressions(dwarf, {DW::DW_FORM_block1, 0, "y"}) == "y");
}
