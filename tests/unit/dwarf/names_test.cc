#include "dwarf/names.h"

#include <doctest/doctest.h>

#include "dwarf/dwarf_file.h"
#include "support/program_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

struct LostCompanion : dwarf::CompanionFiles {
    Expected<const elf::ElfFile*> supplementary(const elf::ElfFile&) override {
        return std::unexpected(Error{ErrorCode::not_found, "", "lost it"});
    }
    std::vector<const elf::ElfFile*> packages() override { return {}; }
    Expected<void> split(const dwarf::SplitName&, const Offer&) override {
        return std::unexpected(Error{ErrorCode::not_found, {}, "no split files"});
    }
};

struct FunctionSpec {
    std::uint64_t language = 0;
    std::string name, linkage_name;
    bool external = true;
    /// The linkage name, or a specification, is in a supplementary file.
    bool lost_linkage_name = false, lost_specification = false;
};

/// What a function is called whose symbol has the name "symbol": "name, linkage name".
std::string names_of(const FunctionSpec& function) {
    DwarfBuilder builder;
    builder.abbreviation(1, DW::DW_TAG_compile_unit, true,
                         {{DW::DW_AT_low_pc, DW::DW_FORM_addr},
                          {DW::DW_AT_high_pc, DW::DW_FORM_udata},
                          {DW::DW_AT_language, DW::DW_FORM_data2}});
    Attribute last = {DW::DW_AT_decl_line, DW::DW_FORM_udata};
    if (!function.linkage_name.empty()) last = {DW::DW_AT_linkage_name, DW::DW_FORM_string};
    if (function.lost_linkage_name) last = {DW::DW_AT_linkage_name, DW::DW_FORM_GNU_strp_alt};
    if (function.lost_specification) last = {DW::DW_AT_specification, DW::DW_FORM_GNU_ref_alt};
    builder.abbreviation(2, DW::DW_TAG_subprogram, false,
                         {{DW::DW_AT_low_pc, DW::DW_FORM_addr},
                          {DW::DW_AT_high_pc, DW::DW_FORM_udata},
                          {DW::DW_AT_external, DW::DW_FORM_flag},
                          {DW::DW_AT_name, DW::DW_FORM_string},
                          last});
    builder.end_abbreviations();
    builder.begin_unit();
    builder.info().uleb(1);
    builder.address(kText).uleb(0x100);
    builder.info().u16(function.language).uleb(2);
    builder.address(kText).uleb(0x10);
    builder.info().u8(function.external ? 1 : 0).string(function.name);
    if (!function.linkage_name.empty()) {
        builder.info().string(function.linkage_name);
    } else if (last.form == DW::DW_FORM_udata) {
        builder.info().uleb(1);
    } else {
        builder.offset(8);
    }
    builder.info().uleb(0);
    builder.end_unit();
    const OwnedElf elf = builder.open();
    FakeSymbols symbols;
    symbols.names = {{kText, "symbol"}, {kText + 0x10, "next"}};
    LostCompanion companion;
    dwarf::DwarfFile file(elf.file(), symbols, &companion);
    const auto frames = file.at(kText + 4, Detail::frames).frames;
    REQUIRE(frames.size() == 1);
    return std::string(frames[0].name) + ", " + std::string(frames[0].linkage_name);
}

}  // namespace

TEST_CASE("names: functions of C have the name that DWARF gives") {
    for (const auto language : {DW::DW_LANG_C89, DW::DW_LANG_C, DW::DW_LANG_C99, DW::DW_LANG_C11,
                                DW::DW_LANG_C17, DW::DW_LANG_Pascal83, DW::DW_LANG_Fortran77}) {
        CHECK(names_of({.language = language, .name = "f"}) == "f, ");
        CHECK(names_of({.language = language, .name = "f", .external = false}) == "f, ");
    }
    CHECK(names_of({.name = "f"}) == "f, ");
}

TEST_CASE("names: the symbol's name where compilers write no linkage name") {
    for (const auto language :
         {DW::DW_LANG_Ada95, DW::DW_LANG_Ada2005, DW::DW_LANG_Ada2012, DW::DW_LANG_Fortran90,
          DW::DW_LANG_Fortran95, DW::DW_LANG_Fortran03, DW::DW_LANG_Fortran08,
          DW::DW_LANG_Fortran18, DW::DW_LANG_Go, DW::DW_LANG_Modula2}) {
        CHECK(names_of({.language = language, .name = "f"}) == "f, symbol");
        CHECK(names_of({.language = language, .name = "f", .external = false}) == "f, symbol");
        CHECK(names_of({.language = language, .name = "f", .linkage_name = "own"}) == "f, own");
    }
}

TEST_CASE("names: a mangled name that DWARF leaves out, or that was lost, is the symbol's") {
    const auto cxx = DW::DW_LANG_C_plus_plus_14;
    CHECK(names_of({.language = cxx, .name = "main"}) == "main, ");
    CHECK(names_of({.language = cxx, .name = "f", .external = false}) == "f, symbol");
    CHECK(names_of({.language = cxx, .name = "f", .lost_linkage_name = true}) == "f, symbol");
    CHECK(names_of({.language = cxx, .name = "f", .lost_specification = true}) == "f, symbol");
    CHECK(names_of({.language = DW::DW_LANG_C, .name = "f", .lost_specification = true}) == "f, ");
}
