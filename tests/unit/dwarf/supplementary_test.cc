// Names and strings in a supplementary file, as dwz leaves them.
#include <doctest/doctest.h>

#include "dwarf/dwarf_file.h"
#include "support/program_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

struct Companion : dwarf::CompanionFiles {
    const elf::ElfFile* file = nullptr;
    int questions = 0;
    Expected<const elf::ElfFile*> supplementary(const elf::ElfFile&) override {
        ++questions;
        if (file == nullptr) return std::unexpected(Error{ErrorCode::not_found, "", "lost it"});
        return file;
    }
    std::vector<const elf::ElfFile*> packages() override { return {}; }
    Expected<void> split(const dwarf::SplitName&, const Offer&) override {
        return std::unexpected(Error{ErrorCode::not_found, {}, "no split files"});
    }
};

/// The supplementary file: one partial unit, and where its DIEs and strings are.
struct Common {
    Common() {
        builder.abbreviation(1, DW::DW_TAG_partial_unit, true, {});
        builder.abbreviation(2, DW::DW_TAG_subprogram, false, {{DW::DW_AT_name, DW::DW_FORM_strp}});
        builder.abbreviation(3, DW::DW_TAG_subprogram, false,
                             {{DW::DW_AT_specification, DW::DW_FORM_ref_addr}});
        builder.abbreviation(4, DW::DW_TAG_subprogram, false,
                             {{DW::DW_AT_specification, DW::DW_FORM_GNU_ref_alt}});
        builder.end_abbreviations();
        builder.str("unused");
        const auto start = builder.begin_unit(DW::DW_UT_partial);
        builder.info().uleb(1);
        name = start + builder.here();
        builder.info().uleb(2);
        text = builder.str("shared_name");
        builder.offset(text);
        through = start + builder.here();
        builder.info().uleb(3);
        builder.offset(name);
        itself = start + builder.here();
        builder.info().uleb(3);
        builder.offset(itself);
        onward = start + builder.here();
        builder.info().uleb(4);
        builder.offset(name);
        builder.info().uleb(0);
        builder.end_unit();
    }
    DwarfBuilder builder;
    std::uint64_t text = 0, name = 0, through = 0, itself = 0, onward = 0;
};

/// One function whose only attribute beside its range is `attribute`, with this value.
class Program {
public:
    Program(Attribute attribute, std::uint64_t value, unsigned size = 4) {
        builder_.abbreviation(
            1, DW::DW_TAG_compile_unit, true,
            {{DW::DW_AT_low_pc, DW::DW_FORM_addr}, {DW::DW_AT_high_pc, DW::DW_FORM_udata}});
        builder_.abbreviation(2, DW::DW_TAG_subprogram, false,
                              {{DW::DW_AT_low_pc, DW::DW_FORM_addr},
                               {DW::DW_AT_high_pc, DW::DW_FORM_udata},
                               attribute});
        builder_.end_abbreviations();
        builder_.begin_unit();
        builder_.info().uleb(1);
        builder_.address(kText).uleb(0x100);
        builder_.info().uleb(2);
        builder_.address(kText).uleb(0x10);
        builder_.info().word(value, size);
        builder_.info().uleb(0);
        builder_.end_unit();
        elf_.emplace(builder_.open());
    }
    std::string name_with(Companion& companion) {
        dwarf_.emplace(elf_->file(), symbols, &companion);
        const auto frames = dwarf_->at(kText, Detail::frames).frames;
        return frames.empty() ? "(none)" : std::string(frames[0].name);
    }
    const dwarf::DwarfFile& dwarf() const { return *dwarf_; }
    FakeSymbols symbols;

private:
    DwarfBuilder builder_;
    std::optional<OwnedElf> elf_;
    std::optional<dwarf::DwarfFile> dwarf_;
};

}  // namespace

TEST_CASE("strings and references of both kinds") {
    Common common;
    const OwnedElf file = common.builder.open();
    Companion companion;
    companion.file = &file.file();
    const auto name = [&](std::uint64_t attribute, std::uint64_t form, std::uint64_t value,
                          unsigned size = 4) {
        return Program({attribute, form}, value, size).name_with(companion);
    };
    CHECK(name(DW::DW_AT_name, DW::DW_FORM_GNU_strp_alt, common.text) == "shared_name");
    CHECK(name(DW::DW_AT_name, DW::DW_FORM_strp_sup, common.text) == "shared_name");
    const auto origin = DW::DW_AT_abstract_origin;
    CHECK(name(origin, DW::DW_FORM_GNU_ref_alt, common.name) == "shared_name");
    CHECK(name(origin, DW::DW_FORM_ref_sup4, common.name) == "shared_name");
    CHECK(name(origin, DW::DW_FORM_ref_sup8, common.name, 8) == "shared_name");
    CHECK(name(DW::DW_AT_specification, DW::DW_FORM_GNU_ref_alt, common.name) == "shared_name");
    // A reference to the file itself, made there, stays there.
    CHECK(name(origin, DW::DW_FORM_GNU_ref_alt, common.through) == "shared_name");
    // Beyond everything.
    CHECK(name(origin, DW::DW_FORM_GNU_ref_alt, 0xffff) == "");
    CHECK(name(DW::DW_AT_name, DW::DW_FORM_strp_sup, 0xffff) == "");
}

TEST_CASE(
    "a cycle in the supplementary file ends, and its own supplementary file is not followed") {
    Common common;
    const OwnedElf file = common.builder.open();
    Companion companion;
    companion.file = &file.file();
    Program cycle({DW::DW_AT_abstract_origin, DW::DW_FORM_GNU_ref_alt}, common.itself);
    CHECK(cycle.name_with(companion) == "");
    CHECK(companion.questions == 1);
    Program onward({DW::DW_AT_abstract_origin, DW::DW_FORM_GNU_ref_alt}, common.onward);
    CHECK(onward.name_with(companion) == "");
    CHECK(companion.questions == 2);
    CHECK(onward.dwarf().missing().empty());
}

TEST_CASE("it is asked for when a value of it is needed, once") {
    Companion companion;
    Program plain({DW::DW_AT_call_line, DW::DW_FORM_data4}, 7);
    plain.name_with(companion);
    CHECK(companion.questions == 0);
    Program needs({DW::DW_AT_name, DW::DW_FORM_GNU_strp_alt}, 0);
    needs.symbols.names[kText] = "symbol_name";
    CHECK(needs.name_with(companion) == "symbol_name");
    CHECK(companion.questions == 1);
    CHECK(needs.dwarf().missing() == "lost it");
    CHECK(needs.dwarf().problem().empty());
}

TEST_CASE("damage in the supplementary file is reported with its name") {
    Common common;
    common.builder.info().u32(0xffffffff);
    const OwnedElf file = common.builder.open();
    Companion companion;
    companion.file = &file.file();
    Program program({DW::DW_AT_abstract_origin, DW::DW_FORM_GNU_ref_alt}, common.name);
    CHECK(program.name_with(companion) == "shared_name");
    CHECK(program.dwarf().problem().starts_with("image: damaged"));
}
