#include <doctest/doctest.h>

#include "elf/elf_file.h"
#include "elf/symbol_table.h"
#include "support/elf_builder.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

constexpr std::uint32_t kMany = 70'000;

OwnedElf many_sections(ElfKind kind, std::uint16_t type) {
    ElfBuilder builder(kind, type);
    for (std::uint32_t i = 1; i <= kMany; ++i) {
        builder.add({.name = ".text.f",
                     .flags = SHF_ALLOC | SHF_EXECINSTR,
                     .address = 0x100000 + std::uint64_t{i} * 16,
                     .bytes = ByteVector(8),
                     .alignment = 4});
    }
    const bool relocatable = type == ET_REL;
    const auto value = [&](std::uint32_t section) {
        return relocatable ? 2 : 0x100000 + std::uint64_t{section} * 16 + 2;
    };
    for (const std::uint32_t section : {1U, 65'279U, 65'280U, 65'521U, 65'535U, kMany}) {
        builder.add_symbol({.name = "in_" + std::to_string(section),
                            .value = value(section),
                            .size = 4,
                            .section = section});
    }
    builder.add_symbol({.name = "absolute", .value = 5, .section = SHN_ABS, .reserved = true});
    return builder.open();
}

}  // namespace

TEST_CASE("more sections than e_shnum can count, and symbols in them") {
    for (const ElfKind kind : kAllKinds) {
        for (const std::uint16_t type : {ET_REL, ET_EXEC}) {
            CAPTURE(kind.is64);
            CAPTURE(kind.big_endian);
            CAPTURE(type);
            const OwnedElf elf = many_sections(kind, type);
            REQUIRE(elf.ok());
            const auto& file = elf.file();
            CHECK(file.sections().size() == kMany + 5);
            CHECK(file.sections()[kMany].index == kMany);
            CHECK(file.sections()[kMany].name == ".text.f");
            const auto symbols = elf::SymbolTable::of(file);
            REQUIRE(symbols);
            for (const std::uint32_t section : {1U, 65'279U, 65'280U, 65'521U, 65'535U, kMany}) {
                const auto found = symbols->named("in_" + std::to_string(section));
                REQUIRE(found.size() == 1);
                REQUIRE(found[0].section);
                CHECK(*found[0].section == section);
                CHECK(found[0].address.value == file.sections()[section].address.value + 2);
                CHECK(file.section_at(found[0].address)->index == section);
                CHECK(symbols->at(found[0].address)->name == found[0].name);
            }
            CHECK_FALSE(symbols->named("absolute").front().section);
        }
    }
}

TEST_CASE("an XINDEX symbol without its table is in no section") {
    ElfBuilder builder;
    builder.add_code(".text", 0x1000, 16);
    builder.add_symbol({.name = "lost", .value = 0x1000, .section = SHN_XINDEX, .reserved = true});
    const OwnedElf elf = builder.open();
    const auto symbols = elf::SymbolTable::of(elf.file());
    REQUIRE(symbols);
    CHECK_FALSE(symbols->named("lost").front().section);
}

TEST_CASE("counts of sections and segments in section header 0") {
    for (const ElfKind kind : kAllKinds) {
        ElfBuilder builder(kind);
        const auto first = builder.add_code(".text", 0x1000, 16);
        const auto second = builder.add_code(".fini", 0x2000, 32);
        builder.add_segment(1, first, 0x1000);
        builder.add_segment(1, second, 0x2000);
        builder.number_in_header_0();
        const OwnedElf elf = builder.open();
        REQUIRE(elf.ok());
        CHECK(elf.file().sections().size() == 4);
        CHECK(elf.file().section(".fini") != nullptr);
        const auto segments = elf.file().segments();
        REQUIRE(segments);
        REQUIRE(segments->size() == 2);
        CHECK((*segments)[1].address.value == 0x2000);
        CHECK((*segments)[1].memory_size == 32);
        CHECK((*segments)[1].file_size == 32);
        CHECK((*segments)[1].alignment == 0x2000);
        CHECK((*segments)[1].type == 1);
        CHECK((*segments)[1].flags == 4);
    }
}

TEST_CASE("extended numbering as the fixtures have it") {
    for (const char* name : {"extended-numbering", "extended-numbering.o"}) {
        const auto file = elf::ElfFile::open(fixture(name));
        REQUIRE(file);
        CHECK(file->section(".text") != nullptr);
        const auto symbols = elf::SymbolTable::of(*file);
        REQUIRE(symbols);
        CHECK(symbols->size() > 5);
    }
    CHECK(elf::ElfFile::open(fixture("extended-numbering"))->segments()->size() > 0);
}

TEST_CASE("a program header table beyond the end is an error of segments() alone") {
    ElfBuilder builder;
    builder.add_segment(1, builder.add_code(".text", 0x1000, 16), 16);
    auto image = builder.build();
    image[32] = 0xf0;  // e_phoff
    image[33] = 0xff;
    const OwnedElf elf(std::move(image));
    REQUIRE(elf.ok());
    const auto segments = elf.file().segments();
    REQUIRE_FALSE(segments);
    CHECK(segments.error().code == ErrorCode::truncated);
    CHECK_FALSE(elf.file().build_id());
}

TEST_CASE("a count of sections that the file cannot hold is truncation") {
    ElfBuilder builder;
    builder.number_in_header_0();
    auto image = builder.build();
    const std::size_t header_0 = image.size() - 2 * 64;
    image[header_0 + 32 + 4] = 1;  // sh_size: 4 billion and 2
    const OwnedElf elf(std::move(image));
    REQUIRE_FALSE(elf.ok());
    CHECK(elf.error().code == ErrorCode::truncated);
}
