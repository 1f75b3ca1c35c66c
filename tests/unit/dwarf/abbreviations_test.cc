#include "dwarf/abbreviations.h"

#include <doctest/doctest.h>

#include "support/dwarf_builder.h"

using namespace symline;
using namespace symline::test;
using dwarf::Abbreviation;
using dwarf::AbbreviationTable;

namespace {

constexpr dwarf::FormParameters kParameters{5, 8, 4};

ByteVector table_of(std::initializer_list<std::uint64_t> codes) {
    DwarfBuilder dwarf;
    // The tag tells the codes apart.
    for (const auto code : codes) {
        dwarf.abbreviation(code, 0x100 + (code & 0xff), (code & 1) != 0,
                           {{DW::DW_AT_name, DW::DW_FORM_strp}});
    }
    dwarf.end_abbreviations();
    return dwarf.section("abbrev").data();
}

}  // namespace

TEST_CASE("codes may be dense, sparse, out of order or huge") {
    const std::initializer_list<std::uint64_t> tables[] = {
        {1, 2, 3}, {3, 1, 2}, {1, 2, 5, 4, 3}, {2}, {1, 0x1'0000'0000, ~0ULL, 7}};
    for (const auto& codes : tables) {
        const ByteVector bytes = table_of(codes);
        const AbbreviationTable table(bytes, false, 0, kParameters);
        for (const auto code : codes) {
            CAPTURE(code);
            const Abbreviation* found = table.find(code);
            REQUIRE(found != nullptr);
            CHECK(found->tag == 0x100 + (code & 0xff));
            CHECK(found->has_children == ((code & 1) != 0));
            REQUIRE(table.attributes(*found).size() == 1);
            CHECK(table.attributes(*found)[0].form == DW::DW_FORM_strp);
        }
        CHECK(table.find(0) == nullptr);
        CHECK(table.find(99) == nullptr);
    }
}

TEST_CASE("a table begins at its offset and ends at code 0") {
    DwarfBuilder dwarf;
    dwarf.abbreviation(1, DW::DW_TAG_compile_unit, true, {});
    dwarf.end_abbreviations();
    const std::uint64_t second = dwarf.section("abbrev").size();
    dwarf.abbreviation(1, DW::DW_TAG_partial_unit, false, {});
    dwarf.end_abbreviations();
    const auto& bytes = dwarf.section("abbrev").data();
    CHECK(AbbreviationTable(bytes, false, 0, kParameters).find(1)->tag == DW::DW_TAG_compile_unit);
    CHECK(AbbreviationTable(bytes, false, second, kParameters).find(1)->tag ==
          DW::DW_TAG_partial_unit);
    CHECK(AbbreviationTable(bytes, false, bytes.size(), kParameters).find(1) == nullptr);
    CHECK(AbbreviationTable(bytes, false, ~0ULL, kParameters).find(1) == nullptr);
}

TEST_CASE("the bytes that every DIE has in front, and the place of its sibling") {
    const struct {
        std::initializer_list<Attribute> attributes;
        std::uint16_t fixed, first_variable, sibling, sibling_at;
    } cases[] = {
        {{}, 0, 0, Abbreviation::kNone, Abbreviation::kNone},
        {{{DW::DW_AT_low_pc, DW::DW_FORM_addr}, {DW::DW_AT_sibling, DW::DW_FORM_ref4}},
         12,
         2,
         1,
         8},
        {{{DW::DW_AT_sibling, DW::DW_FORM_ref4}, {DW::DW_AT_name, DW::DW_FORM_string}}, 4, 1, 0, 0},
        {{{DW::DW_AT_name, DW::DW_FORM_string}, {DW::DW_AT_sibling, DW::DW_FORM_ref4}},
         0,
         0,
         1,
         Abbreviation::kNone},
        {{{DW::DW_AT_sibling, DW::DW_FORM_ref2}}, 2, 1, 0, 0},
        {{{DW::DW_AT_decl_file, DW::DW_FORM_implicit_const, -5},
          {DW::DW_AT_name, DW::DW_FORM_strp}},
         4,
         2,
         Abbreviation::kNone,
         Abbreviation::kNone},
    };
    for (const auto& each : cases) {
        DwarfBuilder dwarf;
        dwarf.abbreviation(1, DW::DW_TAG_subprogram, true, each.attributes);
        const AbbreviationTable table(dwarf.section("abbrev").data(), false, 0, kParameters);
        const Abbreviation* found = table.find(1);
        REQUIRE(found != nullptr);
        CHECK(found->attribute_count == each.attributes.size());
        CHECK(found->fixed_size == each.fixed);
        CHECK(found->first_variable == each.first_variable);
        CHECK(found->sibling == each.sibling);
        CHECK(found->sibling_at == each.sibling_at);
    }
}

TEST_CASE("which attributes say where a DIE's code is") {
    const struct {
        std::initializer_list<Attribute> attributes;
        std::uint16_t begin, end, at;
    } cases[] = {
        {{{DW::DW_AT_name, DW::DW_FORM_strp}}, Abbreviation::kNone, 0, Abbreviation::kNone},
        {{{DW::DW_AT_name, DW::DW_FORM_strp},
          {DW::DW_AT_low_pc, DW::DW_FORM_addr},
          {DW::DW_AT_decl_line, DW::DW_FORM_udata},
          {DW::DW_AT_high_pc, DW::DW_FORM_udata},
          {DW::DW_AT_sibling, DW::DW_FORM_ref4}},
         1,
         4,
         4},
        {{{DW::DW_AT_name, DW::DW_FORM_string}, {DW::DW_AT_ranges, DW::DW_FORM_sec_offset}},
         1,
         2,
         Abbreviation::kNone},
    };
    for (const auto& each : cases) {
        DwarfBuilder dwarf;
        dwarf.abbreviation(1, DW::DW_TAG_subprogram, true, each.attributes);
        const AbbreviationTable table(dwarf.section("abbrev").data(), false, 0, kParameters);
        const Abbreviation* found = table.find(1);
        REQUIRE(found != nullptr);
        CHECK(found->has_pc() == (each.end != 0));
        CHECK(found->pc_begin == each.begin);
        CHECK(found->pc_end == each.end);
        CHECK(found->pc_at == each.at);
    }
}

TEST_CASE("an implicit constant belongs to the abbreviation") {
    DwarfBuilder dwarf;
    dwarf.abbreviation(1, DW::DW_TAG_subprogram, false,
                       {{DW::DW_AT_decl_line, DW::DW_FORM_implicit_const, -1234},
                        {DW::DW_AT_decl_file, DW::DW_FORM_data1}});
    const AbbreviationTable table(dwarf.section("abbrev").data(), false, 0, kParameters);
    const auto attributes = table.attributes(*table.find(1));
    REQUIRE(attributes.size() == 2);
    CHECK(table.constant(attributes[0]) == -1234);
    CHECK(attributes[1].name == DW::DW_AT_decl_file);
    CHECK(table.constant(attributes[1]) == 0);
}

TEST_CASE("implicit constants may be the same as others of the table, and as large as they come") {
    constexpr std::int64_t kConstants[] = {7, 7, INT64_MIN, 0, 0, INT64_MAX, 7, -1};
    DwarfBuilder dwarf;
    std::uint64_t code = 0;
    for (const auto constant : kConstants) {
        dwarf.abbreviation(++code, DW::DW_TAG_variable, false,
                           {{DW::DW_AT_decl_file, DW::DW_FORM_implicit_const, constant},
                            {DW::DW_AT_decl_line, DW::DW_FORM_implicit_const, constant / 2}});
    }
    dwarf.end_abbreviations();
    const AbbreviationTable table(dwarf.section("abbrev").data(), false, 0, kParameters);
    code = 0;
    for (const auto constant : kConstants) {
        CAPTURE(constant);
        const auto attributes = table.attributes(*table.find(++code));
        REQUIRE(attributes.size() == 2);
        CHECK(table.constant(attributes[0]) == constant);
        CHECK(table.constant(attributes[1]) == constant / 2);
    }
}

TEST_CASE("how DIEs without code are passed") {
    using enum Abbreviation::Passed;
    const Attribute sibling{DW::DW_AT_sibling, DW::DW_FORM_ref4};
    const Attribute low_pc{DW::DW_AT_low_pc, DW::DW_FORM_addr};
    const Attribute line{DW::DW_AT_decl_line, DW::DW_FORM_data2};
    const Attribute size{DW::DW_AT_byte_size, DW::DW_FORM_udata};
    const struct {
        std::uint64_t tag;
        bool children;
        std::initializer_list<Attribute> attributes;
        Abbreviation::Passed passed;
        std::uint16_t at;
    } cases[] = {
        {DW::DW_TAG_variable, false, {line}, by_size, 0},
        {DW::DW_TAG_variable, false, {}, by_size, 0},
        {DW::DW_TAG_variable, false, {line, size}, slowly, 0},
        {DW::DW_TAG_structure_type, true, {line, sibling}, by_sibling, 2},
        {DW::DW_TAG_structure_type, true, {sibling, size}, by_sibling, 0},
        {DW::DW_TAG_structure_type, true, {size, sibling}, slowly, 0},
        {DW::DW_TAG_structure_type, true, {line}, slowly, 0},
        {DW::DW_TAG_structure_type, true, {{DW::DW_AT_sibling, DW::DW_FORM_ref8}}, slowly, 0},
        {DW::DW_TAG_subprogram, true, {line, sibling}, by_sibling, 2},
        {DW::DW_TAG_subprogram, true, {low_pc, sibling}, slowly, 0},
        {DW::DW_TAG_subprogram, false, {low_pc}, slowly, 0},
        {DW::DW_TAG_namespace, true, {line, sibling}, slowly, 0},
        {DW::DW_TAG_module, false, {line}, slowly, 0},
    };
    for (const auto& each : cases) {
        CAPTURE(&each - cases);
        DwarfBuilder dwarf;
        dwarf.abbreviation(1, each.tag, each.children, each.attributes);
        const AbbreviationTable table(dwarf.section("abbrev").data(), false, 0, kParameters);
        const Abbreviation* found = table.find(1);
        REQUIRE(found != nullptr);
        CHECK(found->passed == each.passed);
        CHECK(found->pass_at == each.at);
    }
}

TEST_CASE("what is damaged ends the table; what stands before stays") {
    const ByteVector whole = table_of({1, 2, 3});
    for (std::size_t size = 0; size < whole.size() - 1; ++size) {
        const ByteVector cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const AbbreviationTable table(cut, false, 0, kParameters);
        CAPTURE(size);
        // Each entry is 8 bytes: code, tag (2), children, name, form, 0, 0.
        CHECK((table.find(1) != nullptr) == (size >= 8));
        CHECK((table.find(2) != nullptr) == (size >= 16));
        CHECK((table.find(3) != nullptr) == (size >= 24));
    }
}

TEST_CASE("units share a table as long as their forms have the same sizes") {
    DwarfBuilder dwarf;
    dwarf.abbreviation(1, DW::DW_TAG_subprogram, false, {{DW::DW_AT_low_pc, DW::DW_FORM_addr}});
    dwarf.end_abbreviations();
    const OwnedElf elf = dwarf.open();
    dwarf::Sections sections(elf.file());
    dwarf::AbbreviationCache cache(sections);
    const auto first = cache.table(0, {5, 8, 4});
    CHECK(cache.table(0, {5, 8, 4}) == first);
    const auto other = cache.table(0, {5, 4, 4});
    CHECK(other != first);
    CHECK(first->find(1)->fixed_size == 8);
    CHECK(other->find(1)->fixed_size == 4);
}
