#include "dwarf/line_header.h"

#include <doctest/doctest.h>

#include "support/line_builder.h"

using namespace symline;
using namespace symline::test;
using dwarf::read_line_header;

namespace {

void unit_die(DwarfBuilder& dwarf) {
    one_unit(dwarf,
             {{DW::DW_AT_name, DW::DW_FORM_string}, {DW::DW_AT_comp_dir, DW::DW_FORM_string}},
             [](DwarfBuilder& out) { out.info().string("unit.c").string("/usr/src"); });
}

/// A version 5 header whose file table is `files`.
std::optional<dwarf::LineHeader> header_with_files(const ByteWriter& files) {
    DwarfBuilder dwarf;
    auto& out = dwarf.section("line");
    const auto start = dwarf.begin_length(out);
    out.u16(5).u8(8).u8(0);
    const auto length = out.size();
    out.u32(0).u8(1).u8(1).u8(1).u8(0xfb).u8(14).u8(1);
    out.u8(0).uleb(0).bytes(files.data());
    out.patch(length, out.size() - length - 4, 4);
    dwarf.end_length(out, start);
    unit_die(dwarf);
    const OpenUnit open(dwarf);
    return read_line_header(open.unit(), 0);
}

}  // namespace

TEST_CASE("parameters and file tables of versions 2 to 5, 32-bit and 64-bit") {
    for (const ElfKind kind : kAllKinds) {
        for (std::uint16_t version = 2; version <= 5; ++version) {
            for (const unsigned offset_size : {4U, 8U}) {
                CAPTURE(version);
                CAPTURE(offset_size);
                DwarfBuilder dwarf({version, offset_size, kind});
                dwarf.section("line").zeros(7);
                LineBuilder lines(dwarf, {.minimum_instruction_length = 4,
                                          .maximum_operations = 3,
                                          .line_base = -3,
                                          .line_range = 12});
                const auto program = dwarf.section("line").size();
                lines.copy().end();
                unit_die(dwarf);
                const OpenUnit open(dwarf);
                const auto header = read_line_header(open.unit(), lines.start());
                REQUIRE(header);
                CHECK(header->parameters.version == version);
                CHECK(header->parameters.offset_size == offset_size);
                CHECK(header->program == program);
                CHECK(header->end == program + 1);
                CHECK(header->minimum_instruction_length == 4);
                CHECK(header->maximum_operations == (version >= 4 ? 3 : 1));
                CHECK(header->line_base == -3);
                CHECK(header->line_range == 12);
                CHECK(header->opcode_base == 13);
                const auto first = dwarf::file_entry(open.unit(), *header, 1);
                REQUIRE(first);
                CHECK(first->name == "main.c");
                CHECK(first->directory == "/usr/src");
                CHECK(first->in_compilation_directory);
                const auto second = dwarf::file_entry(open.unit(), *header, 2);
                REQUIRE(second);
                CHECK(second->name == "far.h");
                CHECK(second->directory == "include");
                CHECK_FALSE(second->in_compilation_directory);
                const auto zero = dwarf::file_entry(open.unit(), *header, 0);
                REQUIRE(zero);
                CHECK(zero->name == (version >= 5 ? "main.c" : "unit.c"));
                CHECK_FALSE(dwarf::file_entry(open.unit(), *header, 3));
                CHECK_FALSE(dwarf::file_entry(open.unit(), *header, ~0ULL));
            }
        }
    }
}

TEST_CASE("a header that is cut short anywhere is refused") {
    for (const auto version : std::initializer_list<std::uint16_t>{2, 4, 5}) {
        DwarfBuilder whole({version, 4, {}});
        LineBuilder lines(whole);
        lines.end();
        const ByteVector bytes = whole.section("line").data();
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            DwarfBuilder dwarf({version, 4, {}});
            auto& out = dwarf.section("line");
            out.bytes(ByteVector(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)));
            if (size >= 4) out.patch(0, size - 4, 4);
            unit_die(dwarf);
            const OpenUnit open(dwarf);
            CAPTURE(size);
            CHECK_FALSE(read_line_header(open.unit(), 0));
        }
    }
}

TEST_CASE("parameters that make no sense are refused") {
    const auto refused = [](std::size_t at, std::uint8_t value) {
        DwarfBuilder dwarf({4, 4, {}});
        LineBuilder(dwarf).end();
        dwarf.section("line").patch(at, value, 1);
        unit_die(dwarf);
        const OpenUnit open(dwarf);
        return !read_line_header(open.unit(), 0);
    };
    CHECK_FALSE(refused(4, 4));
    CHECK(refused(4, 99));  // version
    CHECK(refused(4, 1));
    CHECK(refused(4, 6));
    CHECK(refused(14, 0));    // line_range
    CHECK(refused(15, 0));    // opcode_base
    CHECK(refused(9, 0xff));  // header_length
    CHECK(refused(3, 0x7f));  // unit_length
}

TEST_CASE("counts of a version 5 table that its bytes cannot hold are damage, and no hang") {
    CHECK(header_with_files(ByteWriter().u8(0).uleb(0)));
    CHECK_FALSE(header_with_files(ByteWriter().u8(0).uleb(1)));
    CHECK_FALSE(header_with_files(ByteWriter().u8(0).uleb(~0ULL >> 1)));
    CHECK_FALSE(header_with_files(
        ByteWriter().u8(1).uleb(DW::DW_LNCT_path).uleb(DW::DW_FORM_string).uleb(~0ULL >> 1)));
    CHECK_FALSE(header_with_files(
        ByteWriter().u8(1).uleb(DW::DW_LNCT_path).uleb(DW::DW_FORM_string).uleb(3).string("a")));
    CHECK_FALSE(header_with_files(
        ByteWriter().u8(1).uleb(DW::DW_LNCT_path).uleb(0x77).uleb(1).string("a")));
}

TEST_CASE("paths of a version 5 table in any string form, unknown columns skipped") {
    DwarfBuilder dwarf;
    dwarf.section("line_str").string("in line_str");
    dwarf.str("in str");
    auto& out = dwarf.section("line");
    const auto start = dwarf.begin_length(out);
    out.u16(5).u8(8).u8(0);
    const auto length = out.size();
    out.u32(0).u8(1).u8(1).u8(1).u8(0xfb).u8(14).u8(1);
    out.u8(1).uleb(DW::DW_LNCT_path).uleb(DW::DW_FORM_line_strp).uleb(1).u32(3);
    out.u8(3).uleb(0x2001).uleb(DW::DW_FORM_block).uleb(DW::DW_LNCT_directory_index);
    out.uleb(DW::DW_FORM_data2).uleb(DW::DW_LNCT_path).uleb(DW::DW_FORM_strp);
    out.uleb(1).uleb(2).u8(9).u8(9).u16(0).u32(3);
    out.patch(length, out.size() - length - 4, 4);
    dwarf.end_length(out, start);
    unit_die(dwarf);
    const OpenUnit open(dwarf);
    const auto header = read_line_header(open.unit(), 0);
    REQUIRE(header);
    const auto entry = dwarf::file_entry(open.unit(), *header, 0);
    REQUIRE(entry);
    CHECK(entry->name == "str");
    CHECK(entry->directory == "line_str");
}
