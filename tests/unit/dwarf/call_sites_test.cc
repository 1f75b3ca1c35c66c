#include "dwarf/call_sites.h"

#include <doctest/doctest.h>

#include "dwarf/dwarf_file.h"
#include "support/program_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

/// A function at kText whose calls are among its blocks, and a nested one.
class Calls {
public:
    Calls() {
        const auto flag = DW::DW_FORM_flag_present;
        dwarf_.abbreviation(
            1, DW::DW_TAG_compile_unit, true,
            {{DW::DW_AT_low_pc, DW::DW_FORM_addr}, {DW::DW_AT_high_pc, DW::DW_FORM_data4}});
        dwarf_.abbreviation(2, DW::DW_TAG_subprogram, true,
                            {{DW::DW_AT_name, DW::DW_FORM_string},
                             {DW::DW_AT_low_pc, DW::DW_FORM_addr},
                             {DW::DW_AT_high_pc, DW::DW_FORM_data4},
                             {DW::DW_AT_call_all_tail_calls, flag}});
        dwarf_.abbreviation(3, DW::DW_TAG_call_site, true,
                            {{DW::DW_AT_call_return_pc, DW::DW_FORM_addr},
                             {DW::DW_AT_call_tail_call, DW::DW_FORM_flag},
                             {DW::DW_AT_call_origin, DW::DW_FORM_ref_addr}});
        dwarf_.abbreviation(4, DW::DW_TAG_call_site_parameter, false,
                            {{DW::DW_AT_location, DW::DW_FORM_exprloc}});
        dwarf_.abbreviation(5, DW::DW_TAG_lexical_block, true, {});
        dwarf_.abbreviation(6, DW::DW_TAG_inlined_subroutine, true, {});
        dwarf_.abbreviation(7, DW::DW_TAG_subprogram, false,
                            {{DW::DW_AT_name, DW::DW_FORM_string},
                             {DW::DW_AT_linkage_name, DW::DW_FORM_string},
                             {DW::DW_AT_external, flag},
                             {DW::DW_AT_declaration, flag}});
        dwarf_.abbreviation(
            8, DW::DW_TAG_subprogram, true,
            {{DW::DW_AT_name, DW::DW_FORM_string}, {DW::DW_AT_ranges, DW::DW_FORM_sec_offset}});
        dwarf_.end_abbreviations();
        dwarf_.begin_unit();
        dwarf_.info().uleb(1);
        dwarf_.address(kText);
        dwarf_.info().u32(kTextSize);
    }

    std::uint64_t declaration(std::string_view name) {
        const auto die = dwarf_.here();
        dwarf_.info().uleb(7).string(name).string(std::string("_Z1") + std::string(name));
        return die;
    }
    std::uint64_t begin_function(std::string_view name, std::uint64_t low, std::uint32_t size) {
        const auto die = dwarf_.here();
        dwarf_.info().uleb(2).string(name);
        dwarf_.address(low);
        dwarf_.info().u32(size);
        return die;
    }
    void begin_scattered_function(std::string_view name) {
        auto& lists = dwarf_.section("rnglists");
        const auto start = dwarf_.begin_length(lists);
        lists.u16(5).u8(8).u8(0).u32(0);
        const auto offset = lists.size();
        for (const auto low : {kText + 0x400, kText + 0x200}) {
            lists.u8(DW::DW_RLE_start_length).u64(low).uleb(0x40);
        }
        lists.u8(DW::DW_RLE_end_of_list);
        dwarf_.end_length(lists, start);
        dwarf_.info().uleb(8).string(name);
        dwarf_.offset(offset);
    }
    void begin_block() { dwarf_.info().uleb(5); }
    void begin_inlined() { dwarf_.info().uleb(6); }
    void end() { dwarf_.info().u8(0); }
    void call(std::uint64_t return_pc, std::uint64_t origin, bool tail) {
        dwarf_.info().uleb(3);
        dwarf_.address(return_pc);
        dwarf_.info().u8(tail ? 1 : 0);
        dwarf_.offset(origin);
        dwarf_.info().uleb(4).uleb(1).u8(0x55).u8(0);
    }
    void open() {
        end();
        dwarf_.end_unit();
        elf_.emplace(dwarf_.open());
        file_.emplace(elf_->file(), symbols_);
    }
    dwarf::DwarfFile& file() { return *file_; }

private:
    DwarfBuilder dwarf_;
    FakeSymbols symbols_;
    std::optional<OwnedElf> elf_;
    std::optional<dwarf::DwarfFile> file_;
};

}  // namespace

TEST_CASE("calls are found among blocks and inlined subroutines, and none of a nested function") {
    Calls calls;
    const auto far = calls.declaration("far");
    const auto other = calls.begin_function("other", kText + 0x100, 0x40);
    calls.end();
    calls.begin_function("caller", kText, 0x100);
    calls.call(kText + 0x10, other, false);
    calls.begin_block();
    calls.begin_inlined();
    calls.call(kText + 0x20, far, true);
    calls.end();
    calls.begin_function("nested", kText + 0x800, 0x40);
    calls.call(kText + 0x808, other, true);
    calls.end();
    calls.end();
    calls.call(kText + 0x30, other, true);
    calls.end();
    calls.open();

    const auto call = calls.file().call_returning_to(kText + 0x10);
    REQUIRE(call);
    CHECK_FALSE(call->tail);
    CHECK(call->pc == kText + 0xf);
    REQUIRE(call->callee);
    CHECK(call->callee->entry == kText + 0x100);
    CHECK(call->callee->name == "other");
    CHECK_FALSE(call->callee->external);
    CHECK_FALSE(calls.file().call_returning_to(kText + 0x11));
    CHECK_FALSE(calls.file().call_returning_to(0));

    const auto function = calls.file().tail_calls_at(kText + 4);
    REQUIRE(function);
    CHECK(function->entry == kText);
    CHECK(function->complete);
    REQUIRE(function->tail_calls.size() == 2);
    CHECK(function->tail_calls[0].return_pc == kText + 0x20);
    CHECK_FALSE(function->tail_calls[0].callee->entry);
    CHECK(function->tail_calls[0].callee->name == "_Z1far");
    CHECK(function->tail_calls[0].callee->external);
    CHECK(function->tail_calls[1].callee->entry == kText + 0x100);
    CHECK(calls.file().problem().empty());
}

TEST_CASE("a function begins where the first of its ranges does") {
    Calls calls;
    calls.begin_scattered_function("scattered");
    calls.end();
    calls.open();
    const auto function = calls.file().tail_calls_at(kText + 0x210);
    REQUIRE(function);
    CHECK(function->entry == kText + 0x400);
    CHECK_FALSE(function->complete);
}

TEST_CASE("a call that names no function, or something else") {
    Calls calls;
    calls.begin_function("caller", kText, 0x100);
    calls.call(kText + 0x10, 0xffff'fff0, true);
    calls.call(0, 0, true);
    calls.end();
    calls.open();
    const auto function = calls.file().tail_calls_at(kText);
    REQUIRE(function);
    REQUIRE(function->tail_calls.size() == 1);
    CHECK_FALSE(function->tail_calls[0].callee);
    CHECK_FALSE(function->complete);
    CHECK_FALSE(calls.file().tail_calls_at(kText + 0x500));
    CHECK_FALSE(calls.file().tail_calls_at(0));
}

TEST_CASE("a file cannot have more read than it is worth") {
    Calls calls;
    calls.begin_function("caller", kText, 0x100);
    for (int i = 0; i < 2000; ++i) calls.begin_block();
    calls.call(kText + 0x10, 0, true);
    for (int i = 0; i < 2000; ++i) calls.end();
    calls.end();
    calls.open();
    CHECK(calls.file().tail_calls_at(kText));
    bool gave_up = false;
    for (int i = 0; i < 20000 && !gave_up; ++i) gave_up = !calls.file().tail_calls_at(kText);
    CHECK(gave_up);
    CHECK(calls.file().problem().empty());
}
