#include "dwarf/frame_variables.h"

#include <doctest/doctest.h>

#include "support/die_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

Value name(std::string_view value) {
    return text(DW::DW_AT_name, value);
}

void variable(DieBuilder& dies, std::string_view called, Value location) {
    dies.die(DW::DW_TAG_variable, false, {name(called), std::move(location)});
}

std::string names(const std::vector<Variable>& variables) {
    std::string all;
    for (const Variable& each : variables) all += std::string(each.name) + ' ';
    return all;
}

Value location_bytes(const ByteVector& bytes) {
    return expression(DW::DW_AT_location, bytes);
}

}  // namespace

TEST_CASE("parameters and variables of a function and its blocks, in their order") {
    DieBuilder dies;
    dies.begin_unit();
    const auto word = dies.base_type(4);
    dies.function("f", kText, 0x100);
    dies.die(DW::DW_TAG_formal_parameter, false,
             {name("p"), ref(DW::DW_AT_type, word), data1(DW::DW_AT_decl_line, 7), in_frame(-20),
              data1(DW::DW_AT_LLVM_tag_offset, 0x80)});
    dies.die(DW::DW_TAG_lexical_block, true,
             {pc(DW::DW_AT_low_pc, kText + 0x10), data8(DW::DW_AT_high_pc, 0x10)});
    variable(dies, "inner", in_frame(-40));
    dies.end();
    variable(dies, "last", in_frame(8));
    dies.end();
    dies.end_unit();

    const auto found = dies.open().variables_at(kText + 0x80);
    CHECK(names(found) == "p inner last ");
    REQUIRE(found.size() == 3);
    CHECK(found[0].function == "f");
    CHECK(found[0].declaration.line == 7);
    CHECK(found[0].frame_offset == -20);
    CHECK(found[0].size == 4);
    CHECK(found[0].tag_offset == 0x80);
    CHECK(found[1].frame_offset == -40);
    CHECK_FALSE(found[1].size);
    CHECK_FALSE(found[1].tag_offset);
    CHECK(dies.open().variables_at(kText + 0x200).empty());
    CHECK(dies.open().variables_at(0).empty());
}

TEST_CASE("of an inlined function only its own variables, named by its abstract instance") {
    DieBuilder dies;
    dies.begin_unit();
    const auto word = dies.base_type(8);
    const auto abstract = dies.die(DW::DW_TAG_subprogram, true, {name("inlined")});
    const auto local =
        dies.die(DW::DW_TAG_variable, false,
                 {name("local"), ref(DW::DW_AT_type, word), data1(DW::DW_AT_decl_line, 3)});
    dies.end();
    dies.function("f", kText, 0x100);
    variable(dies, "own", in_frame(1));
    dies.die(DW::DW_TAG_inlined_subroutine, true,
             {ref(DW::DW_AT_abstract_origin, abstract), pc(DW::DW_AT_low_pc, kText + 0x20),
              data8(DW::DW_AT_high_pc, 0x20)});
    dies.die(DW::DW_TAG_variable, false, {ref(DW::DW_AT_abstract_origin, local), in_frame(2)});
    dies.end();
    dies.end();
    dies.end_unit();

    dwarf::DwarfFile& file = dies.open();
    const auto inside = file.variables_at(kText + 0x28);
    REQUIRE(inside.size() == 1);
    CHECK(inside[0].function == "inlined");
    CHECK(inside[0].name == "local");
    CHECK(inside[0].declaration.line == 3);
    CHECK(inside[0].size == 8);
    CHECK(inside[0].frame_offset == 2);
    const auto around = file.variables_at(kText);
    CHECK(names(around) == "own local ");
    REQUIRE(around.size() == 2);
    CHECK(around[0].function == "f");
    CHECK(around[1].function == "inlined");
}

TEST_CASE("parameters of declarations, of types and of nested functions are none of the frame") {
    DieBuilder dies;
    dies.begin_unit();
    dies.function("f", kText, 0x100);
    dies.die(DW::DW_TAG_structure_type, true, {name("Closure")});
    dies.die(DW::DW_TAG_subprogram, true, {name("operator()")});
    dies.die(DW::DW_TAG_formal_parameter, false, {name("this")});
    dies.end();
    dies.end();
    dies.die(DW::DW_TAG_subroutine_type, true, {});
    dies.die(DW::DW_TAG_formal_parameter, false, {});
    dies.end();
    dies.function("nested", kText + 0x200, 0x10);
    variable(dies, "of_nested", in_frame(0));
    dies.end();
    dies.die(DW::DW_TAG_GNU_formal_parameter_pack, true, {name("rest")});
    dies.die(DW::DW_TAG_formal_parameter, false, {name("rest#0")});
    dies.end();
    variable(dies, "own", in_frame(0));
    dies.end();
    dies.end_unit();
    CHECK(names(dies.open().variables_at(kText)) == "rest#0 own ");
}

TEST_CASE("offsets from the frame base, and locations that are none") {
    const auto fbreg = [](std::int64_t at) { return ByteWriter().u8(DW::DW_OP_fbreg).sleb(at); };
    const auto breg = [](unsigned number, std::int64_t at) {
        return ByteWriter().u8(DW::DW_OP_breg0 + number).sleb(at);
    };
    const struct {
        ByteVector bytes;
        std::optional<std::int64_t> offset;
    } cases[] = {
        {fbreg(-200).data(), -200},
        {fbreg(16).u8(DW::DW_OP_deref).data(), 16},
        {fbreg(16).u8(DW::DW_OP_stack_value).data(), {}},
        {fbreg(16).u8(DW::DW_OP_deref).u8(DW::DW_OP_deref).data(), {}},
        {breg(6, -8).data(), -8},
        {breg(7, -8).data(), {}},
        {ByteWriter().u8(DW::DW_OP_fbreg).data(), {}},
        {ByteWriter().u8(DW::DW_OP_fbreg).u8(0x80).data(), {}},
        {ByteWriter().u8(DW::DW_OP_reg6).data(), {}},
        {{}, {}},
    };
    DieBuilder dies;
    dies.begin_unit();
    dies.die(DW::DW_TAG_subprogram, true,
             {name("f"), pc(DW::DW_AT_low_pc, kText), data8(DW::DW_AT_high_pc, 0x100),
              expression(DW::DW_AT_frame_base, {DW::DW_OP_reg6})});
    for (const auto& each : cases) variable(dies, "v", location_bytes(each.bytes));
    dies.end();
    dies.end_unit();
    const auto found = dies.open().variables_at(kText);
    REQUIRE(found.size() == std::size(cases));
    for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i);
        CHECK(found[i].frame_offset == cases[i].offset);
    }
}

TEST_CASE("origins and types that lead to themselves or nowhere end") {
    DieBuilder dies;
    dies.begin_unit();
    const auto loop = dies.dwarf().here();
    dies.die(DW::DW_TAG_typedef, false, {ref(DW::DW_AT_type, loop)});
    dies.function("f", kText, 0x100);
    const auto own = dies.dwarf().here();
    dies.die(DW::DW_TAG_variable, false,
             {name("a"), ref(DW::DW_AT_abstract_origin, own), ref(DW::DW_AT_type, loop)});
    dies.die(DW::DW_TAG_variable, false,
             {name("b"), ref(DW::DW_AT_abstract_origin, 0xffff), ref(DW::DW_AT_type, 1)});
    dies.die(DW::DW_TAG_variable, false,
             {name("c"), text(DW::DW_AT_type, "no reference"), data1(DW::DW_AT_location, 1)});
    dies.end();
    dies.end_unit();
    const auto found = dies.open().variables_at(kText);
    CHECK(names(found) == "a b c ");
    for (const Variable& each : found) CHECK_FALSE(each.size);
}

TEST_CASE("blocks nested far deeper than any compiler does are passed over") {
    DieBuilder dies;
    dies.begin_unit();
    dies.function("f", kText, 0x100);
    constexpr int kDeep = 100'000;
    const auto block = dies.die(DW::DW_TAG_lexical_block, true, {});
    const auto size = dies.dwarf().here() - block;
    CHECK(size == 1);
    for (int i = 1; i < kDeep; ++i) dies.dwarf().info().uleb(3);
    variable(dies, "deep", in_frame(0));
    for (int i = 0; i < kDeep; ++i) dies.end();
    variable(dies, "own", in_frame(0));
    dies.end();
    dies.end_unit();
    CHECK(names(dies.open().variables_at(kText)) == "own ");
}

TEST_CASE("variables that all refer to one large type cost no more than a bounded time") {
    DieBuilder dies;
    dies.begin_unit();
    const auto word = dies.base_type(1);
    const auto array = dies.die(DW::DW_TAG_array_type, true, {ref(DW::DW_AT_type, word)});
    dies.die(DW::DW_TAG_subrange_type, false, {data1(DW::DW_AT_count, 1)});
    const auto code = 5;  // of the abbreviation after those four
    for (int i = 0; i < 20'000; ++i) dies.dwarf().info().uleb(code - 1).u8(1);
    dies.end();
    dies.function("f", kText, 0x100);
    dies.die(DW::DW_TAG_variable, false, {name("v"), ref(DW::DW_AT_type, array)});
    for (int i = 0; i < 20'000; ++i) dies.dwarf().info().uleb(6).string("v").u32(array);
    dies.end();
    dies.end_unit();
    dwarf::DwarfFile& file = dies.open();
    const auto found = file.variables_at(kText);
    CHECK(found.size() < 20'000);
    CHECK(found.front().size == 1);
    CHECK_FALSE(file.problem().empty());
}
