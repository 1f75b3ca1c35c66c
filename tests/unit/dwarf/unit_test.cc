#include "dwarf/unit.h"

#include <doctest/doctest.h>

#include "support/dwarf_builder.h"

using namespace symline;
using namespace symline::test;
using dwarf::read_unit_header;

namespace {

template <typename Check>
void every_kind(Check check) {
    for (const ElfKind elf : kAllKinds) {
        for (std::uint16_t version = 2; version <= 5; ++version) {
            for (const unsigned offset_size : {4U, 8U}) {
                CAPTURE(version);
                CAPTURE(offset_size);
                check(DwarfKind{version, offset_size, elf});
            }
        }
    }
}

}  // namespace

TEST_CASE("headers of versions 2 to 5, 32-bit and 64-bit") {
    every_kind([](DwarfKind kind) {
        DwarfBuilder dwarf(kind);
        dwarf.begin_unit(DW::DW_UT_compile, 0x11);
        dwarf.info().zeros(3);
        dwarf.end_unit();
        const auto second = dwarf.begin_unit(DW::DW_UT_compile, 0x22);
        const auto first_die = dwarf.info().size();
        dwarf.info().zeros(5);
        dwarf.end_unit();
        const OwnedElf elf = dwarf.open();
        dwarf::Sections sections(elf.file());
        const auto first = read_unit_header(sections, 0);
        REQUIRE(first);
        CHECK(first->end == second);
        CHECK(first->abbreviations == 0x11);
        const auto header = read_unit_header(sections, second);
        REQUIRE(header);
        CHECK(header->offset == second);
        CHECK(header->first_die == first_die);
        CHECK(header->end == dwarf.info().size());
        CHECK(header->abbreviations == 0x22);
        CHECK(header->parameters.version == kind.version);
        CHECK(header->parameters.offset_size == kind.offset_size);
        CHECK(header->parameters.address_size == kind.address_size());
        CHECK(header->may_have_code());
        CHECK(header->contains(first_die));
        CHECK_FALSE(header->contains(first_die - 1));
        CHECK_FALSE(header->contains(header->end));
        CHECK_FALSE(read_unit_header(sections, header->end));
    });
}

TEST_CASE("type units hold no code, skeletons do") {
    const struct {
        std::uint8_t type;
        bool code;
        std::uint64_t more;
    } cases[] = {{DW::DW_UT_compile, true, 0},
                 {DW::DW_UT_type, false, 12},
                 {DW::DW_UT_partial, true, 0},
                 {DW::DW_UT_skeleton, true, 8},
                 {DW::DW_UT_split_compile, true, 8},
                 {DW::DW_UT_split_type, false, 12},
                 {0x80, false, 0}};
    for (const auto& each : cases) {
        DwarfBuilder dwarf;
        dwarf.begin_unit(each.type);
        dwarf.info().zeros(40);
        dwarf.end_unit();
        const OwnedElf elf = dwarf.open();
        dwarf::Sections sections(elf.file());
        const auto header = read_unit_header(sections, 0);
        REQUIRE(header);
        CAPTURE(each.type);
        CHECK(header->may_have_code() == each.code);
        CHECK(header->first_die == 12 + each.more);
    }
}

TEST_CASE("damaged headers") {
    const auto header_of = [](ByteWriter info) {
        DwarfBuilder dwarf;
        dwarf.info().bytes(info.data());
        const OwnedElf elf = dwarf.open();
        dwarf::Sections sections(elf.file());
        return read_unit_header(sections, 0);
    };
    CHECK_FALSE(header_of(ByteWriter().u32(0).zeros(20)));
    CHECK_FALSE(header_of(ByteWriter().u32(100).u16(5).zeros(20)));
    CHECK_FALSE(header_of(ByteWriter().u32(0xffff'fff5).u16(5).zeros(20)));
    CHECK_FALSE(header_of(ByteWriter().u32(0xffff'ffff).u64(~0ULL).zeros(20)));
    CHECK_FALSE(header_of(ByteWriter().u16(5)));
    SUBCASE("an unknown version or address size can be skipped by its length") {
        for (const auto& info :
             {ByteWriter().u32(20).u16(99).zeros(18), ByteWriter().u32(20).u16(1).zeros(18),
              ByteWriter().u32(20).u16(4).u32(0).u8(3).zeros(13),
              ByteWriter().u32(20).u16(5).u8(1).u8(255).zeros(16),
              ByteWriter().u32(4).u16(5).u8(1).u8(8).zeros(16)}) {
            const auto header = header_of(info);
            REQUIRE(header);
            CHECK(header->parameters.version == 0);
            CHECK(header->end == 4U + info.data()[0]);
        }
    }
}

TEST_CASE("the attributes of the unit DIE") {
    every_kind([](DwarfKind kind) {
        DwarfBuilder dwarf(kind);
        const auto reference = kind.version < 4 ? DW::DW_FORM_data4 : DW::DW_FORM_sec_offset;
        const unsigned width = kind.version < 4 ? 4 : kind.offset_size;
        one_unit(dwarf,
                 {{DW::DW_AT_name, DW::DW_FORM_strp},
                  {DW::DW_AT_comp_dir, DW::DW_FORM_string},
                  {DW::DW_AT_language, DW::DW_FORM_data2},
                  {DW::DW_AT_low_pc, DW::DW_FORM_addr},
                  {DW::DW_AT_high_pc, DW::DW_FORM_addr},
                  {DW::DW_AT_stmt_list, std::uint64_t(reference)}},
                 [&](DwarfBuilder& out) {
                     out.str("padding");
                     out.offset(out.str("main.c"));
                     out.info().string("/usr/src").u16(DW::DW_LANG_C11);
                     out.address(kText).word(kText + 16, kind.address_size()).word(0x77, width);
                 });
        const OpenUnit open(dwarf);
        const auto& attributes = open->attributes();
        CHECK(attributes.tag == DW::DW_TAG_compile_unit);
        CHECK(open->string(attributes.name) == "main.c");
        CHECK(open->string(attributes.compilation_directory) == "/usr/src");
        CHECK(attributes.language == DW::DW_LANG_C11);
        CHECK(open->address(attributes.low_pc) == kText);
        CHECK(open->address(attributes.high_pc) == kText + 16);
        CHECK(attributes.line_program == 0x77);
        CHECK(open->base_address() == kText);
        CHECK(open->first_child() == open->header().end);
        CHECK(open.sections().problem().empty());
    });
}

TEST_CASE("strings and addresses by index, whose bases follow them") {
    for (const unsigned offset_size : {4U, 8U}) {
        DwarfBuilder dwarf({5, offset_size, {}});
        dwarf.section("str_offsets").zeros(16);
        const auto a = dwarf.str("zero"), b = dwarf.str("one");
        dwarf.section("str_offsets").word(a, offset_size).word(b, offset_size);
        dwarf.section("addr").zeros(8).u64(0x1111).u64(kText + 4);
        one_unit(dwarf,
                 {{DW::DW_AT_name, DW::DW_FORM_strx1},
                  {DW::DW_AT_low_pc, DW::DW_FORM_addrx},
                  {DW::DW_AT_str_offsets_base, DW::DW_FORM_sec_offset},
                  {DW::DW_AT_addr_base, DW::DW_FORM_sec_offset}},
                 [](DwarfBuilder& out) {
                     out.info().u8(1).uleb(1);
                     out.offset(16);
                     out.offset(8);
                 });
        const OpenUnit open(dwarf);
        CHECK(open->string(open->attributes().name) == "one");
        CHECK(open->base_address() == kText + 4);
        CHECK(open->string({DW::DW_FORM_strx, 0, {}}) == "zero");
        CHECK(open->string({DW::DW_FORM_strx, 2, {}}).empty());
        CHECK(open->string({DW::DW_FORM_strx, ~0ULL, {}}).empty());
        CHECK(open->address({DW::DW_FORM_addrx, 0, {}}) == 0x1111);
        CHECK_FALSE(open->address({DW::DW_FORM_addrx, 2, {}}));
        CHECK_FALSE(open->address({DW::DW_FORM_addrx, ~0ULL, {}}));
        CHECK_FALSE(open->address({DW::DW_FORM_data8, kText, {}}));
        CHECK(open->string({DW::DW_FORM_strp, 1 << 20, {}}).empty());
        CHECK(open->string({DW::DW_FORM_GNU_strp_alt, 0, {}}).empty());
    }
}

TEST_CASE("references") {
    DwarfBuilder dwarf;
    dwarf.info().zeros(0);
    one_unit(dwarf, {}, [](DwarfBuilder&) {});
    const auto second = dwarf.begin_unit();
    dwarf.info().uleb(1).zeros(8);
    dwarf.end_unit();
    const OpenUnit open(dwarf, second);
    for (const std::uint16_t form : {DW::DW_FORM_ref1, DW::DW_FORM_ref2, DW::DW_FORM_ref4,
                                     DW::DW_FORM_ref8, DW::DW_FORM_ref_udata}) {
        CHECK(open->reference({form, 14, {}}) == second + 14);
        CHECK_FALSE(open->reference({form, 3, {}}));
        CHECK_FALSE(open->reference({form, 1000, {}}));
        CHECK_FALSE(open->reference({form, ~0ULL, {}}));
    }
    CHECK(open->reference({DW::DW_FORM_ref_addr, 12, {}}) == 12);
    CHECK_FALSE(open->reference({DW::DW_FORM_ref_sig8, 14, {}}));
    CHECK_FALSE(open->reference({DW::DW_FORM_GNU_ref_alt, 14, {}}));
    CHECK_FALSE(open->reference({}));
}

TEST_CASE("a unit without a unit DIE is noted as damage") {
    DwarfBuilder dwarf;
    dwarf.end_abbreviations();
    dwarf.begin_unit();
    dwarf.info().uleb(7);
    dwarf.end_unit();
    const OpenUnit open(dwarf);
    CHECK_FALSE(open.sections().problem().empty());
    CHECK(open->first_child() == open->header().end);
}
