// How many split files are opened, and when.
#include "dwarf/split_units.h"

#include <doctest/doctest.h>

#include <map>

#include "support/program_builder.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr std::uint64_t kUnitSize = 4;
constexpr std::uint64_t kUnits = kTextSize / kUnitSize;  // 1,024

void begin(DwarfBuilder& dwarf, std::uint8_t type, std::uint64_t id) {
    ByteWriter& info = dwarf.info();
    info.u32(0).u16(5).u8(type).u8(8).u32(0).u64(id);
}

void end(ByteWriter& info, std::size_t start) {
    info.patch(start, info.size() - start - 4, 4);
}

/// A program of skeletons alone, one for every 4 bytes of code; unit i has the id 0x100 + i.
OwnedElf skeletons() {
    DwarfBuilder dwarf;
    dwarf.abbreviation(1, DW::DW_TAG_skeleton_unit, false,
                       {{DW::DW_AT_low_pc, DW::DW_FORM_addr},
                        {DW::DW_AT_high_pc, DW::DW_FORM_data4},
                        {DW::DW_AT_dwo_name, DW::DW_FORM_string}});
    dwarf.end_abbreviations();
    for (std::uint64_t i = 0; i < kUnits; ++i) {
        const auto start = dwarf.info().size();
        begin(dwarf, DW::DW_UT_skeleton, 0x100 + i);
        dwarf.info().uleb(1).u64(kText + i * kUnitSize).u32(kUnitSize).string(std::to_string(i));
        end(dwarf.info(), start);
    }
    return dwarf.open();
}

/// The split file of unit i: one function "f<i>".
ByteVector split_file(std::uint64_t i, std::uint64_t id,
                      std::uint8_t type = DW::DW_UT_split_compile) {
    DwarfBuilder dwarf;
    dwarf.abbreviation(1, DW::DW_TAG_compile_unit, true, {});
    dwarf.abbreviation(2, DW::DW_TAG_subprogram, false,
                       {{DW::DW_AT_name, DW::DW_FORM_string},
                        {DW::DW_AT_low_pc, DW::DW_FORM_addr},
                        {DW::DW_AT_high_pc, DW::DW_FORM_data4}});
    dwarf.end_abbreviations();
    begin(dwarf, type, id);
    dwarf.info().uleb(1).uleb(2).string("f" + std::to_string(i));
    dwarf.info().u64(kText + i * kUnitSize).u32(kUnitSize).uleb(0);
    end(dwarf.info(), 0);
    dwarf.section("info.dwo") = dwarf.info();
    dwarf.section("abbrev.dwo") = dwarf.section("abbrev");
    return dwarf.build();
}

class Files : public dwarf::CompanionFiles {
public:
    std::size_t asked = 0, asked_packages = 0;
    std::uint8_t type = DW::DW_UT_split_compile;
    std::uint64_t first_id = 0x100;

    Expected<const elf::ElfFile*> supplementary(const elf::ElfFile&) override {
        return std::unexpected(Error{ErrorCode::not_found, {}, "none"});
    }
    std::vector<const elf::ElfFile*> packages() override {
        return ++asked_packages, std::vector<const elf::ElfFile*>{};
    }
    Expected<void> split(const dwarf::SplitName& name, const Offer& offer) override {
        ++asked;
        const auto i = std::stoull(std::string(name.name));
        auto& bytes = images_[i] = split_file(i, first_id + i, type);
        return offer(std::move(*elf::ElfFile::from_memory("f.dwo", bytes)));
    }

private:
    std::map<std::uint64_t, ByteVector> images_;
};

struct Program {
    OwnedElf elf = skeletons();
    Files files;
    FakeSymbols symbols;
    dwarf::DwarfFile dwarf{elf.file(), symbols, &files};
    std::vector<Frame> at(std::uint64_t i) {
        return dwarf.at(kText + i * kUnitSize + 1, Detail::frames).frames;
    }
};

}  // namespace

TEST_CASE("a lookup opens one split file of a thousand, once") {
    Program program;
    const auto frames = program.at(7);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].name == "f7");
    CHECK(program.files.asked == 1);
    CHECK(program.at(7)[0].name == "f7");
    CHECK(program.files.asked == 1);
    CHECK(program.files.asked_packages == 1);
    CHECK(program.dwarf.problem().empty());
    CHECK(program.dwarf.missing().empty());
}

TEST_CASE("split files that were not used for long are closed, and the frames from them stay") {
    Program program;
    std::vector<std::vector<Frame>> all;
    for (std::uint64_t i = 0; i < kUnits; ++i) all.push_back(program.at(i));
    CHECK(program.files.asked == kUnits);
    for (std::uint64_t i = 0; i < kUnits; ++i) {
        REQUIRE(all[i].size() == 1);
        CHECK(all[i][0].name == "f" + std::to_string(i));
    }
    CHECK(program.at(kUnits - 1)[0].name == "f" + std::to_string(kUnits - 1));
    CHECK(program.files.asked == kUnits);
    CHECK(program.at(0)[0].name == "f0");
    CHECK(program.files.asked == kUnits + 1);
}

TEST_CASE("a split file of another id, or that holds a skeleton, is not asked for again") {
    for (const bool skeleton : {false, true}) {
        Program program;
        if (skeleton) program.files.type = DW::DW_UT_skeleton;
        if (!skeleton) program.files.first_id = 0x200;
        CHECK(program.at(7).empty());
        CHECK(program.at(7).empty());
        CHECK(program.files.asked == 1);
        CHECK(program.dwarf.missing() ==
              (skeleton ? "holds no split unit" : "split unit 0x207 instead of 0x107"));
    }
}
