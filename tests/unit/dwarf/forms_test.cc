#include "dwarf/forms.h"

#include <doctest/doctest.h>

#include "support/dwarf_builder.h"

using namespace symline;
using namespace symline::test;
using dwarf::FormParameters;

namespace {

struct Case {
    std::uint16_t form;
    ByteVector bytes;  ///< little-endian
    std::uint64_t number = 0;
};

/// Every form of DWARF 2 to 5 and the extensions in use, as 64-bit DWARF 5 writes it.
const Case kCases[] = {
    {DW::DW_FORM_addr, {1, 2, 3, 4, 5, 6, 7, 8}, 0x0807060504030201},
    {DW::DW_FORM_addrx, {0x85, 0x01}, 0x85},
    {DW::DW_FORM_addrx1, {9}, 9},
    {DW::DW_FORM_addrx2, {9, 1}, 0x109},
    {DW::DW_FORM_addrx3, {9, 1, 2}, 0x20109},
    {DW::DW_FORM_addrx4, {9, 1, 2, 3}, 0x3020109},
    {DW::DW_FORM_data1, {0xff}, 0xff},
    {DW::DW_FORM_data2, {1, 2}, 0x201},
    {DW::DW_FORM_data4, {1, 2, 3, 4}, 0x4030201},
    {DW::DW_FORM_data8, {1, 2, 3, 4, 5, 6, 7, 8}, 0x0807060504030201},
    {DW::DW_FORM_data16, ByteVector(16, 7), 0},
    {DW::DW_FORM_sdata, {0x7f}, ~0ULL},
    {DW::DW_FORM_udata, {0xff, 0x01}, 0xff},
    {DW::DW_FORM_flag, {1}, 1},
    {DW::DW_FORM_flag_present, {}, 1},
    {DW::DW_FORM_implicit_const, {}, 42},
    {DW::DW_FORM_string, {'a', 'b', 0}, 0},
    {DW::DW_FORM_strp, {1, 0, 0, 0, 0, 0, 0, 0}, 1},
    {DW::DW_FORM_line_strp, {2, 0, 0, 0, 0, 0, 0, 0}, 2},
    {DW::DW_FORM_strp_sup, {3, 0, 0, 0, 0, 0, 0, 0}, 3},
    {DW::DW_FORM_GNU_strp_alt, {3, 0, 0, 0, 0, 0, 0, 0}, 3},
    {DW::DW_FORM_GNU_ref_alt, {4, 0, 0, 0, 0, 0, 0, 0}, 4},
    {DW::DW_FORM_sec_offset, {5, 0, 0, 0, 0, 0, 0, 0}, 5},
    {DW::DW_FORM_strx, {0x80, 0x01}, 0x80},
    {DW::DW_FORM_strx1, {9}, 9},
    {DW::DW_FORM_strx2, {9, 1}, 0x109},
    {DW::DW_FORM_strx3, {9, 1, 2}, 0x20109},
    {DW::DW_FORM_strx4, {9, 1, 2, 3}, 0x3020109},
    {DW::DW_FORM_GNU_str_index, {7}, 7},
    {DW::DW_FORM_GNU_addr_index, {7}, 7},
    {DW::DW_FORM_ref1, {6}, 6},
    {DW::DW_FORM_ref2, {6, 1}, 0x106},
    {DW::DW_FORM_ref4, {6, 1, 0, 0}, 0x106},
    {DW::DW_FORM_ref8, {6, 1, 0, 0, 0, 0, 0, 0}, 0x106},
    {DW::DW_FORM_ref_udata, {0x86, 0x02}, 0x106},
    {DW::DW_FORM_ref_addr, {6, 1, 0, 0, 0, 0, 0, 0}, 0x106},
    {DW::DW_FORM_ref_sup4, {6, 1, 0, 0}, 0x106},
    {DW::DW_FORM_ref_sup8, {6, 1, 0, 0, 0, 0, 0, 0}, 0x106},
    {DW::DW_FORM_ref_sig8, {6, 1, 0, 0, 0, 0, 0, 0}, 0x106},
    {DW::DW_FORM_rnglistx, {3}, 3},
    {DW::DW_FORM_loclistx, {3}, 3},
    {DW::DW_FORM_exprloc, {2, 0xaa, 0xbb}, 0},
    {DW::DW_FORM_block, {3, 1, 2, 3}, 0},
    {DW::DW_FORM_block1, {3, 1, 2, 3}, 0},
    {DW::DW_FORM_block2, {3, 0, 1, 2, 3}, 0},
    {DW::DW_FORM_block4, {3, 0, 0, 0, 1, 2, 3}, 0},
    {DW::DW_FORM_LLVM_addrx_offset, {0x81, 0x01, 1, 2, 3, 4}, 0},
    {DW::DW_FORM_indirect, {DW::DW_FORM_data2, 1, 2}, 0x201},
};

constexpr FormParameters kParameters{5, 8, 8};

}  // namespace

TEST_CASE("every form is read and skipped to the same place, and holds its value") {
    for (const Case& each : kCases) {
        CAPTURE(each.form);
        dwarf::SectionData section;
        ByteVector bytes = each.bytes;
        bytes.push_back(0xee);
        section.bytes = bytes;
        dwarf::Reader reader(section, false);
        const auto value =
            dwarf::read_form(reader, each.form, 42, kParameters, dwarf::Constants::as_stored);
        CHECK(reader.ok());
        CHECK(reader.offset() == each.bytes.size());
        CHECK(value.number == each.number);
        std::string text(each.form == DW::DW_FORM_string ? "ab" : "");
            if (dwarf::is_block(each.form)) {
                // The size comes first; the last bytes are the block's.
                const std::size_t size = each.form == DW::DW_FORM_exprloc ? 2 : 3;
                text.assign(each.bytes.end() - static_cast<std::ptrdiff_t>(size), each.bytes.end());
            }
            CHECK(value.text == text);
        dwarf::Cursor cursor(bytes, false);
        dwarf::skip_form(cursor, each.form, kParameters);
        CHECK(cursor.ok());
        CHECK(cursor.offset() == each.bytes.size());
        if (const auto size = dwarf::fixed_size(each.form, kParameters)) {
            CHECK(*size == each.bytes.size());
        }
    }
}

TEST_CASE("a form that is cut short fails, read or skipped") {
    for (const Case& each : kCases) {
        if (each.bytes.empty()) continue;
        CAPTURE(each.form);
        ByteVector bytes(each.bytes.begin(), each.bytes.end() - 1);
        dwarf::SectionData section;
        section.bytes = bytes;
        dwarf::Reader reader(section, false);
        dwarf::read_form(reader, each.form, 0, kParameters, dwarf::Constants::as_stored);
        CHECK_FALSE(reader.ok());
        dwarf::Cursor cursor(bytes, false);
        dwarf::skip_form(cursor, each.form, kParameters);
        CHECK_FALSE(cursor.ok());
    }
}

TEST_CASE("sizes that depend on the unit") {
    const struct {
        FormParameters parameters;
        std::uint16_t form;
        int size;
    } cases[] = {
        {{2, 4, 4}, DW::DW_FORM_addr, 4},     {{5, 8, 4}, DW::DW_FORM_addr, 8},
        {{2, 8, 4}, DW::DW_FORM_ref_addr, 8}, {{3, 8, 4}, DW::DW_FORM_ref_addr, 4},
        {{2, 4, 8}, DW::DW_FORM_ref_addr, 4}, {{4, 4, 8}, DW::DW_FORM_ref_addr, 8},
        {{5, 8, 4}, DW::DW_FORM_strp, 4},     {{5, 8, 8}, DW::DW_FORM_sec_offset, 8},
    };
    for (const auto& each : cases) {
        CAPTURE(each.form);
        CHECK(dwarf::fixed_size(each.form, each.parameters) == each.size);
    }
}

TEST_CASE("unknown forms and indirect ones without an end fail") {
    const ByteVector bytes{DW::DW_FORM_indirect, DW::DW_FORM_indirect, DW::DW_FORM_data1, 0, 0, 0};
    for (const std::uint16_t form : {std::uint16_t{0}, std::uint16_t{0x7f}, std::uint16_t{0xffff},
                                     std::uint16_t{DW::DW_FORM_indirect}}) {
        CAPTURE(form);
        dwarf::Cursor cursor(bytes, false);
        dwarf::skip_form(cursor, form, kParameters);
        CHECK_FALSE(cursor.ok());
        dwarf::SectionData section;
        section.bytes = bytes;
        dwarf::Reader reader(section, false);
        dwarf::read_form(reader, form, 0, kParameters, dwarf::Constants::as_stored);
        CHECK_FALSE(reader.ok());
    }
}

TEST_CASE("forms of class constant and of class address") {
    CHECK(dwarf::is_constant(DW::DW_FORM_data4));
    CHECK(dwarf::is_constant(DW::DW_FORM_udata));
    CHECK(dwarf::is_constant(DW::DW_FORM_implicit_const));
    CHECK_FALSE(dwarf::is_constant(DW::DW_FORM_addr));
    CHECK_FALSE(dwarf::is_constant(DW::DW_FORM_sec_offset));
    CHECK(dwarf::is_address(DW::DW_FORM_addr));
    CHECK(dwarf::is_address(DW::DW_FORM_addrx4));
    CHECK(dwarf::is_address(DW::DW_FORM_GNU_addr_index));
    CHECK_FALSE(dwarf::is_address(DW::DW_FORM_data8));
}
