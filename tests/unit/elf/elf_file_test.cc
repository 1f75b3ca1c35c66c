#include "elf/elf_file.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "support/elf_builder.h"
#include "support/files.h"

using namespace symline;
using namespace symline::test;

namespace {

ErrorCode code_of(ByteVector image) {
    const OwnedElf elf(std::move(image));
    REQUIRE_FALSE(elf.ok());
    CHECK_FALSE(elf.error().message.empty());
    return elf.error().code;
}

ByteVector text(std::string_view bytes) {
    return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("headers of every class and byte order") {
    for (const ElfKind kind : kAllKinds) {
        CAPTURE(kind.is64);
        CAPTURE(kind.big_endian);
        for (const std::uint16_t type : {ET_REL, ET_EXEC, ET_DYN, ET_CORE}) {
            ElfBuilder builder(kind, type, EM_386);
            builder.add_code(".text", 0x401000, 0x20);
            const auto index = builder.add({.name = ".data",
                                            .flags = SHF_ALLOC | SHF_WRITE,
                                            .address = 0x402000,
                                            .bytes = {1, 2, 3},
                                            .link = 7,
                                            .info = 9,
                                            .alignment = 64});
            const OwnedElf elf = builder.open();
            REQUIRE(elf.ok());
            const auto& file = elf.file();
            CHECK(file.is64() == kind.is64);
            CHECK(file.address_size() == (kind.is64 ? 8 : 4));
            CHECK(file.big_endian() == kind.big_endian);
            CHECK(file.type() == type);
            CHECK(file.machine() == EM_386);
            CHECK(file.relocatable() == (type == ET_REL));
            CHECK(file.sections().size() == 4);
            const Section* data = file.section(".data");
            REQUIRE(data != nullptr);
            CHECK(data->index == index);
            CHECK(data->size == 3);
            CHECK(data->flags == (SHF_ALLOC | SHF_WRITE));
            CHECK(data->allocated());
            CHECK_FALSE(data->executable());
            CHECK(file.section(".text")->executable());
            if (type != ET_REL) CHECK(data->address.value == 0x402000);
            CHECK(file.header(*data).alignment == 64);
            CHECK(file.header(*data).link == 7);
            CHECK(file.header(*data).info == 9);
            CHECK(std::ranges::equal(*file.contents(*data), ByteVector{1, 2, 3}));
            CHECK(file.section(".nothing") == nullptr);
        }
    }
}

TEST_CASE("what is not a readable ELF file") {
    CHECK(code_of(text("hello, world: no file of this kind")) == ErrorCode::not_elf);
    CHECK(code_of(text("\x7f"
                       "EL")) == ErrorCode::not_elf);
    CHECK(code_of(text("!<arch>\nabc")) == ErrorCode::archive);
    CHECK(code_of(text("!<thin>\nabc")) == ErrorCode::archive);
    CHECK(code_of(text("\x7f"
                       "ELF")) == ErrorCode::truncated);
    const ByteVector whole = ElfBuilder().build();
    for (const std::size_t size : {16U, 40U, 63U}) {
        CHECK(code_of(ByteVector(whole.begin(), whole.begin() + size)) == ErrorCode::truncated);
    }
    auto changed = whole;
    changed[4] = 3;
    CHECK(code_of(changed) == ErrorCode::malformed);
    changed = whole;
    changed[5] = 0;
    CHECK(code_of(changed) == ErrorCode::malformed);
    changed = whole;
    changed[58] = 63;  // e_shentsize
    CHECK(code_of(changed) == ErrorCode::malformed);
}

TEST_CASE("a section header table beyond the end is truncation") {
    for (const ElfKind kind : kAllKinds) {
        ElfBuilder builder(kind);
        builder.add_code(".text", 0x1000, 16);
        const ByteVector whole = builder.build();
        for (std::size_t cut = 1; cut < 3 * 40; cut += 13) {
            CHECK(code_of(ByteVector(whole.begin(), whole.end() - cut)) == ErrorCode::truncated);
        }
    }
}

TEST_CASE("the fixtures of damaged files are refused for the reason that they are made for") {
    const struct {
        const char* name;
        ErrorCode code;
    } cases[] = {
        {"bad/empty", ErrorCode::empty},
        {"bad/text", ErrorCode::not_elf},
        {"bad/four-bytes", ErrorCode::truncated},
        {"bad/archive.a", ErrorCode::archive},
        {"bad/header-only", ErrorCode::truncated},
        {"bad/truncated", ErrorCode::truncated},
        {"bad/section-headers-beyond-end", ErrorCode::truncated},
        {"bad/section-header-size", ErrorCode::malformed},
        {"bad/unknown-class", ErrorCode::malformed},
        {"bad/unknown-byte-order", ErrorCode::malformed},
        {"bad", ErrorCode::is_directory},
        {"no-such-file", ErrorCode::not_found},
    };
    for (const auto& each : cases) {
        CAPTURE(each.name);
        const auto file = elf::ElfFile::open(fixture(each.name));
        REQUIRE_FALSE(file);
        CHECK(file.error().code == each.code);
        CHECK(file.error().file == fixture(each.name));
    }
}

TEST_CASE("section contents") {
    ElfBuilder builder;
    builder.add(
        {.name = ".bss", .type = SHT_NOBITS, .flags = SHF_ALLOC, .address = 0x5000, .size = 0x100});
    builder.add({.name = ".beyond", .bytes = {1}, .size = 0x10000});
    builder.add({.name = ".huge", .bytes = {1}, .size = ~std::uint64_t{0}});
    const OwnedElf elf = builder.open();
    REQUIRE(elf.ok());
    const auto& file = elf.file();
    CHECK(file.contents(*file.section(".bss"))->empty());
    for (const char* name : {".beyond", ".huge"}) {
        const auto bytes = file.contents(*file.section(name));
        REQUIRE_FALSE(bytes);
        CHECK(bytes.error().code == ErrorCode::truncated);
    }
}

TEST_CASE("which section holds an address") {
    ElfBuilder builder;
    builder.add_code(".init", 0x1000, 0x10);
    builder.add_code(".text", 0x1010, 0x10);
    builder.add({.name = ".data", .flags = SHF_ALLOC, .address = 0x2000, .bytes = ByteVector(4)});
    builder.add({.name = ".comment", .address = 0x3000, .bytes = ByteVector(4)});
    builder.add({.name = ".tbss",
                 .type = SHT_NOBITS,
                 .flags = SHF_ALLOC | SHF_TLS,
                 .address = 0x2004,
                 .size = 0x100});
    const OwnedElf elf = builder.open();
    const auto& file = elf.file();
    const struct {
        std::uint64_t address;
        const char* name;
        bool code;
    } cases[] = {
        {0xfff, nullptr, false},     {0x1000, ".init", true},  {0x100f, ".init", true},
        {0x1010, ".text", true},     {0x101f, ".text", true},  {0x1020, nullptr, false},
        {0x2003, ".data", false},    {0x2004, nullptr, false}, {0x3000, nullptr, false},
        {0, nullptr, false},         {1, nullptr, false},      {~0ULL, nullptr, false},
        {~0ULL - 1, nullptr, false},
    };
    for (const auto& each : cases) {
        CAPTURE(each.address);
        const Section* section = file.section_at(FileAddress{each.address});
        CHECK((section == nullptr ? "" : section->name) == (each.name == nullptr ? "" : each.name));
        CHECK(file.is_code(each.address) == each.code);
    }
}

TEST_CASE("where sections overlap, code comes first") {
    ElfBuilder builder;
    builder.add_code(".text", 0x1000, 0x100);
    builder.add(
        {.name = ".overlay", .flags = SHF_ALLOC, .address = 0x1080, .bytes = ByteVector(16)});
    const OwnedElf elf = builder.open();
    CHECK(elf.file().section_at(FileAddress{0x1084})->name == ".text");
}

TEST_CASE("debug sections under their own and their old compressed name") {
    ElfBuilder builder;
    builder.add({.name = ".debug_line", .bytes = {1}});
    builder.add({.name = ".zdebug_info", .bytes = {1}});
    const OwnedElf elf = builder.open();
    CHECK(elf.file().debug_section(".debug_line")->name == ".debug_line");
    CHECK(elf.file().debug_section(".debug_info")->name == ".zdebug_info");
    CHECK(elf.file().debug_section(".debug_abbrev") == nullptr);
}
