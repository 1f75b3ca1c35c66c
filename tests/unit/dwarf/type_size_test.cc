#include "dwarf/type_size.h"

#include <doctest/doctest.h>

#include "support/die_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

/// The size of the type that `write` makes and gives the offset of.
template <typename Write>
std::optional<std::uint64_t> size_of(Write write, std::uint8_t language = DW::DW_LANG_C11) {
    DieBuilder dies;
    dies.begin_unit(language);
    const std::uint64_t type = write(dies);
    dies.function("f", kText, 0x100);
    dies.die(DW::DW_TAG_variable, false, {ref(DW::DW_AT_type, type)});
    dies.end();
    dies.end_unit();
    const auto found = dies.open().variables_at(kText);
    REQUIRE(found.size() == 1);
    return found.front().size;
}

/// An array of `size`-byte elements with one dimension for each of `subranges`.
auto array_of(std::uint64_t size, std::vector<std::vector<Value>> subranges) {
    return [=](DieBuilder& dies) {
        const auto element = dies.base_type(size);
        const auto array = dies.die(DW::DW_TAG_array_type, true, {ref(DW::DW_AT_type, element)});
        for (const auto& each : subranges) dies.die(DW::DW_TAG_subrange_type, false, each);
        dies.end();
        return array;
    };
}

}  // namespace

TEST_CASE("sizes of what types are made of") {
    const auto of_int = [](std::uint64_t tag) {
        return size_of([=](DieBuilder& dies) {
            return dies.die(tag, false, {ref(DW::DW_AT_type, dies.base_type(4))});
        });
    };
    for (const auto tag : {DW::DW_TAG_typedef, DW::DW_TAG_const_type, DW::DW_TAG_volatile_type,
                           DW::DW_TAG_restrict_type, DW::DW_TAG_atomic_type}) {
        CHECK(of_int(tag) == 4);
    }
    for (const auto tag : {DW::DW_TAG_pointer_type, DW::DW_TAG_reference_type,
                           DW::DW_TAG_rvalue_reference_type, DW::DW_TAG_ptr_to_member_type}) {
        CHECK(of_int(tag) == 8);
    }
    CHECK(size_of([](DieBuilder& dies) {
              const auto method = dies.die(DW::DW_TAG_subroutine_type, false, {});
              return dies.die(DW::DW_TAG_ptr_to_member_type, false, {ref(DW::DW_AT_type, method)});
          }) == 16);
    CHECK_FALSE(size_of([](DieBuilder& dies) {
        return dies.die(DW::DW_TAG_structure_type, false, {data1(DW::DW_AT_declaration, 1)});
    }));
}

TEST_CASE("sizes of arrays") {
    const auto count = [](std::uint64_t value) { return data1(DW::DW_AT_count, value); };
    const auto upper = [](std::uint64_t value) { return data1(DW::DW_AT_upper_bound, value); };
    const auto lower = [](std::int64_t value) { return sdata(DW::DW_AT_lower_bound, value); };
    CHECK(size_of(array_of(2, {{count(3)}})) == 6);
    CHECK(size_of(array_of(2, {{upper(3)}})) == 8);
    CHECK(size_of(array_of(2, {{upper(3)}, {count(5)}})) == 40);
    CHECK(size_of(array_of(4, {{lower(-2), upper(3)}})) == 24);
    CHECK(size_of(array_of(4, {{lower(4), upper(3)}})) == 0);
    CHECK(size_of(array_of(4, {{data8(DW::DW_AT_upper_bound, ~std::uint64_t{0})}})) == 0);
    // llvm-symbolizer 22 takes the byte for a signed one.
    CHECK(size_of(array_of(1, {{upper(199)}})) == 200);
    CHECK(size_of(array_of(1, {{upper(5)}}), DW::DW_LANG_Fortran95) == 5);
}

TEST_CASE("arrays whose size the compiler did not know") {
    const Value expressed = expression(DW::DW_AT_upper_bound, {DW::DW_OP_lit5});
    CHECK_FALSE(size_of(array_of(4, {})));
    CHECK_FALSE(size_of(array_of(4, {{}})));
    CHECK_FALSE(size_of(array_of(4, {{expressed}})));
    CHECK_FALSE(size_of(array_of(4, {{data1(DW::DW_AT_upper_bound, 5)}, {}})));
    CHECK_FALSE(size_of(array_of(4, {{ref(DW::DW_AT_count, 11)}})));
    const Value huge = data8(DW::DW_AT_count, std::uint64_t{1} << 40);
    CHECK(size_of(array_of(4, {{huge}})) == std::uint64_t{1} << 42);
    CHECK_FALSE(size_of(array_of(4, {{huge}, {huge}})));
}

TEST_CASE("types in type units, by their signature") {
    for (const bool old : {false, true}) {
        CAPTURE(old);
        DieBuilder dies(old ? 4 : 5);
        dies.begin_unit();
        const auto declared =
            dies.die(DW::DW_TAG_structure_type, false,
                     {data1(DW::DW_AT_declaration, 1), signature(DW::DW_AT_signature, 0x1234)});
        dies.function("f", kText, 0x100);
        dies.die(DW::DW_TAG_variable, false, {ref(DW::DW_AT_type, declared)});
        dies.die(DW::DW_TAG_variable, false, {signature(DW::DW_AT_type, 0x1234)});
        dies.die(DW::DW_TAG_variable, false, {signature(DW::DW_AT_type, 0x1235)});
        dies.end();
        dies.end_unit();
        // The unit DIE and the type, of abbreviations that come after those of the first unit.
        ByteWriter& out = old ? dies.dwarf().section("types") : dies.dwarf().info();
        const auto start = dies.dwarf().begin_length(out);
        out.u16(old ? 4 : 5);
        if (!old) out.u8(DW::DW_UT_type).u8(8);
        out.u32(0);
        if (old) out.u8(8);
        out.u64(0x1234);
        const auto at = out.size();
        out.u32(0);
        const auto header = out.size() - start;
        ByteWriter& abbreviations = dies.dwarf().section("abbrev");
        abbreviations.uleb(100).uleb(DW::DW_TAG_type_unit).u8(1).u8(0).u8(0);
        abbreviations.uleb(101).uleb(DW::DW_TAG_structure_type).u8(0);
        abbreviations.uleb(DW::DW_AT_byte_size).uleb(DW::DW_FORM_data1).u8(0).u8(0);
        out.uleb(100);
        out.patch(at, header + 1, 4);
        out.uleb(101).u8(48).u8(0);
        dies.dwarf().end_length(out, start);

        const auto found = dies.open().variables_at(kText);
        REQUIRE(found.size() == 3);
        CHECK(found[0].size == 48);
        CHECK(found[1].size == 48);
        CHECK_FALSE(found[2].size);
    }
}
