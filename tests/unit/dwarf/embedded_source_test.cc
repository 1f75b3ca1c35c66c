#include "dwarf/embedded_source.h"

#include <doctest/doctest.h>

#include "support/die_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

struct File {
    std::string name;
    unsigned directory = 0;
    std::uint64_t source = 0;  ///< offset in .debug_line_str
};

/// A unit in /project whose line table has `files`, each with a source where `with_sources`.
dwarf::DwarfFile& open(DieBuilder& dies, const std::vector<File>& files, bool with_sources = true) {
    DwarfBuilder& dwarf = dies.dwarf();
    ByteWriter& line = dwarf.section("line");
    const auto start = dwarf.begin_length(line);
    line.u16(5).u8(8).u8(0);
    const auto header = line.size();
    line.u32(0).u8(1).u8(1).u8(1).u8(0xfb).u8(14).u8(1);
    line.u8(1).uleb(DW::DW_LNCT_path).uleb(DW::DW_FORM_string);
    line.uleb(2).string("/project").string("include");
    line.u8(with_sources ? 3 : 2).uleb(DW::DW_LNCT_path).uleb(DW::DW_FORM_string);
    line.uleb(DW::DW_LNCT_directory_index).uleb(DW::DW_FORM_data1);
    if (with_sources) line.uleb(DW::DW_LNCT_LLVM_source).uleb(DW::DW_FORM_line_strp);
    line.uleb(files.size());
    for (const File& file : files) {
        line.string(file.name).u8(file.directory);
        if (with_sources) line.u32(file.source);
    }
    line.patch(header, line.size() - header - 4, 4);
    dwarf.end_length(line, start);

    dwarf.begin_unit();
    dies.die(DW::DW_TAG_compile_unit, true,
             {pc(DW::DW_AT_low_pc, kText), data8(DW::DW_AT_high_pc, kTextSize),
              text(DW::DW_AT_comp_dir, "/project"), offset(DW::DW_AT_stmt_list, 0)});
    dies.end_unit();
    return dies.open();
}

}  // namespace

TEST_CASE("the source of a file in the line table, by its whole path") {
    DieBuilder dies;
    ByteWriter& strings = dies.dwarf().section("line_str");
    strings.string("");
    const auto main = strings.size();
    strings.string("int main;\n");
    const auto other = strings.size();
    strings.string("other\n");
    auto& file = open(dies, {{"a.c", 0, main}, {"a.c", 1, other}, {"empty.h", 1, 0}});
    CHECK(file.embedded_source(kText, "/project/a.c") == "int main;\n");
    CHECK(file.embedded_source(kText, "/project/include/a.c") == "other\n");
    CHECK(file.embedded_source(kText, "a.c").empty());
    CHECK(file.embedded_source(kText, "/project/include/empty.h").empty());
    CHECK(file.embedded_source(kText, "/project/b.c").empty());
    CHECK(file.embedded_source(kCold, "/project/a.c").empty());
}

TEST_CASE("a table without sources, and sources that are not there") {
    DieBuilder dies;
    CHECK(open(dies, {{"a.c"}}, false).embedded_source(kText, "/project/a.c").empty());

    DieBuilder damaged;
    damaged.dwarf().section("line_str").text_only("no end");
    auto& file = open(damaged, {{"a.c", 0, 0}, {"b.c", 0, 0x1000}, {"c.c", 9, 0}});
    for (const std::string_view path : {"/project/a.c", "/project/b.c", "/project/c.c", "c.c"}) {
        CHECK(file.embedded_source(kText, path).empty());
    }
}

TEST_CASE("a source longer than any name") {
    DieBuilder dies;
    const std::string text(1'000'000, 'x');
    dies.dwarf().section("line_str").string(text);
    CHECK(open(dies, {{"a.c"}}).embedded_source(kText, "/project/a.c") == text);
}

TEST_CASE("a table of many files of one name") {
    DieBuilder dies;
    dies.dwarf().section("line_str").string("text");
    std::vector<File> files(50'000, {"a.c", 1, 0});
    files.push_back({"b.c", 1, 0});
    auto& file = open(dies, files);
    CHECK(file.embedded_source(kText, "/project/a.c").empty());
    CHECK(file.embedded_source(kText, "/project/include/b.c") == "text");
}
