#include "dwarf/variable_finder.h"

#include <doctest/doctest.h>

#include "support/die_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr std::uint64_t kData = kCold;  // any section will do

Value name(std::string_view value) {
    return text(DW::DW_AT_name, value);
}
Value type(std::uint64_t die) {
    return ref(DW::DW_AT_type, die);
}
Value located(const ByteVector& bytes) {
    return expression(DW::DW_AT_location, bytes);
}

std::string name_at(dwarf::DwarfFile& file, std::uint64_t address) {
    const auto found = file.static_variable_at(address);
    return found ? std::string(found->name) : "none";
}

}  // namespace

TEST_CASE("variables of files, namespaces, functions and abstract instances") {
    DieBuilder dies;
    dies.begin_unit();
    const auto word = dies.base_type(4);
    const auto of = [&](std::string_view called, std::uint64_t at) {
        dies.die(DW::DW_TAG_variable, false,
                 {name(called), type(word), data1(DW::DW_AT_decl_line, 9), at_address(at)});
    };
    of("global", kData);
    dies.die(DW::DW_TAG_namespace, true, {});
    of("member", kData + 4);
    dies.end();
    dies.function("f", kText, 0x100);
    dies.die(DW::DW_TAG_lexical_block, true, {});
    of("in_block", kData + 12);
    dies.end();
    of("in_function", kData + 8);
    dies.end();
    dies.die(DW::DW_TAG_subprogram, true, {name("abstract")});
    of("in_abstract", kData + 16);
    dies.end();
    dies.end_unit();
    dwarf::DwarfFile& file = dies.open();

    const auto global = file.static_variable_at(kData + 3);
    REQUIRE(global);
    CHECK(global->name == "global");
    CHECK(global->address == FileAddress{kData});
    CHECK(global->size == 4);
    CHECK(global->declaration.line == 9);
    CHECK(name_at(file, kData + 4) == "member");
    CHECK(name_at(file, kData + 8) == "in_function");
    CHECK(name_at(file, kData + 13) == "in_block");
    CHECK(name_at(file, kData + 19) == "in_abstract");
    CHECK(name_at(file, kData + 20) == "none");
    CHECK(name_at(file, kData - 1) == "none");
    CHECK(name_at(file, 0) == "none");
}

TEST_CASE("a definition that names its declaration") {
    DieBuilder dies;
    dies.begin_unit(DW::DW_LANG_C_plus_plus_14);
    const auto word = dies.base_type(4);
    dies.die(DW::DW_TAG_class_type, true, {});
    const auto declared = dies.die(DW::DW_TAG_member, false,
                                   {name("count"), type(word), data1(DW::DW_AT_decl_line, 3)});
    dies.end();
    dies.die(DW::DW_TAG_variable, false,
             {ref(DW::DW_AT_specification, declared), data1(DW::DW_AT_decl_line, 12),
              text(DW::DW_AT_linkage_name, "_ZN1C5countE"), at_address(kData)});
    dies.end_unit();
    const auto found = dies.open().static_variable_at(kData + 2);
    REQUIRE(found);
    CHECK(found->name == "count");
    CHECK(found->linkage_or_name() == "_ZN1C5countE");
    CHECK(found->declaration.line == 12);
}

TEST_CASE("expressions that are an address, and others") {
    const auto added = ByteWriter().u8(DW::DW_OP_addr).u64(kData).u8(DW::DW_OP_plus_uconst);
    const auto indexed = ByteWriter().u8(DW::DW_OP_addrx).uleb(1).data();
    DieBuilder dies;
    dies.dwarf().section("addr").u64(0).u64(kData + 0x20);
    dies.begin_unit();
    const auto word = dies.base_type(1);
    const auto of = [&](std::string_view called, const ByteVector& bytes) {
        dies.die(DW::DW_TAG_variable, false, {name(called), type(word), located(bytes)});
    };
    of("added", ByteWriter(added).uleb(0x10).data());
    of("indexed", indexed);
    of("more", ByteWriter(added).uleb(0x30).u8(DW::DW_OP_deref).data());
    of("cut", ByteWriter().u8(DW::DW_OP_addr).u32(kData + 0x40).data());
    of("no index", ByteWriter().u8(DW::DW_OP_addrx).uleb(100).data());
    of("value", ByteWriter().u8(DW::DW_OP_addr).u64(kData + 0x50).u8(DW::DW_OP_stack_value).data());
    of("tls", ByteWriter().u8(DW::DW_OP_const8u).u64(kData + 0x60).u8(0xe0).data());
    of("empty", {});
    dies.die(DW::DW_TAG_variable, false, {name("none"), offset(DW::DW_AT_location, 0)});
    dies.end_unit();
    dwarf::DwarfFile& file = dies.open();
    CHECK(name_at(file, kData + 0x10) == "added");
    CHECK(name_at(file, kData + 0x20) == "indexed");
    for (const auto at : {0, 0x30, 0x40, 0x50, 0x60}) CHECK(name_at(file, kData + at) == "none");
}

TEST_CASE("variables without a size share the address of another; those of no type have a byte") {
    DieBuilder dies;
    dies.begin_unit();
    const auto empty = dies.base_type(0);
    const auto word = dies.base_type(8);
    dies.die(DW::DW_TAG_variable, false, {name("outer"), type(word), at_address(kData)});
    dies.die(DW::DW_TAG_variable, false, {name("empty"), type(empty), at_address(kData + 4)});
    dies.die(DW::DW_TAG_variable, false, {name("typeless"), at_address(kData + 0x10)});
    dies.die(DW::DW_TAG_variable, false, {name("discarded"), type(word), at_address(0x10)});
    dies.end_unit();
    dwarf::DwarfFile& file = dies.open();
    CHECK(name_at(file, kData + 4) == "outer");
    CHECK(name_at(file, kData + 0x10) == "typeless");
    CHECK(name_at(file, kData + 0x11) == "none");
    CHECK(name_at(file, 0x10) == "none");
}

TEST_CASE("of two units the first has a variable, of a unit the last DIE") {
    DieBuilder dies;
    std::uint64_t word = 0;
    for (const std::string unit : {"1", "2"}) {
        dies.begin_unit();
        word = dies.base_type(4);
        for (const std::string die : {"a", "b"}) {
            dies.die(DW::DW_TAG_variable, false, {name(unit + die), type(word), at_address(kData)});
        }
        dies.end_unit();
    }
    CHECK(name_at(dies.open(), kData) == "1b");
}

TEST_CASE("a thousand variables of no size at one address end the search") {
    DieBuilder dies;
    dies.begin_unit();
    const auto empty = dies.base_type(0);
    const auto word = dies.base_type(200);
    dies.die(DW::DW_TAG_variable, false, {name("below"), type(word), at_address(kData)});
    for (int i = 0; i < 1000; ++i) {
        dies.die(DW::DW_TAG_variable, false, {name("empty"), type(empty), at_address(kData + 8)});
    }
    dies.end_unit();
    CHECK(name_at(dies.open(), kData + 7) == "below");
    CHECK(name_at(dies.open(), kData + 8) == "none");
}
