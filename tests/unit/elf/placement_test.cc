#include <doctest/doctest.h>

#include "elf/elf_file.h"
#include "support/elf_builder.h"
#include "support/files.h"
#include "symline/module.h"

using namespace symline;
using namespace symline::test;

namespace {

void check_disjoint(std::span<const Section> sections) {
    for (const Section& a : sections) {
        if (!a.allocated()) {
            CHECK(a.address.value == 0);
            continue;
        }
        CHECK(a.address.value != 0);
        for (const Section& b : sections) {
            if (&a == &b || !b.allocated()) continue;
            const bool apart = a.address.value + a.size < b.address.value ||
                               b.address.value + b.size < a.address.value;
            CHECK_MESSAGE(apart, std::string(a.name) << " and " << std::string(b.name));
        }
    }
}

SectionSpec allocated(std::string name, std::uint64_t size, std::uint64_t alignment,
                      std::uint32_t type = SHT_PROGBITS) {
    SectionSpec spec{.name = std::move(name),
                     .type = type,
                     .flags = SHF_ALLOC | SHF_EXECINSTR,
                     .alignment = alignment};
    if (type == SHT_NOBITS) {
        spec.size = size;
    } else {
        spec.bytes.resize(size);
    }
    return spec;
}

}  // namespace

TEST_CASE("allocated sections of relocatable files get bases of their own") {
    for (const ElfKind kind : kAllKinds) {
        ElfBuilder builder(kind, ET_REL);
        builder.add(allocated(".text", 0x123, 16));
        builder.add({.name = ".comment", .bytes = ByteVector(8)});
        builder.add(allocated(".empty", 0, 1));
        builder.add(allocated(".bss", 0x50000, 4096, SHT_NOBITS));
        builder.add(allocated(".text", 0x10, 0));
        builder.add(allocated(".odd", 0x10, 0x40000000));
        const OwnedElf elf = builder.open();
        REQUIRE(elf.ok());
        check_disjoint(elf.file().sections());
        CHECK(elf.file().section(".bss")->address.value % 4096 == 0);
        CHECK_FALSE(elf.file().is_code(0));
        CHECK_FALSE(elf.file().is_code(1));
    }
}

TEST_CASE("sections too large for the address space are an error") {
    for (const ElfKind kind : kAllKinds) {
        ElfBuilder builder(kind, ET_REL);
        const std::uint64_t huge = kind.is64 ? 0x7fff'ffff'ffff'ffff : 0xffff'ff00;
        builder.add(allocated(".bss", huge, 1, SHT_NOBITS));
        const OwnedElf elf = builder.open();
        REQUIRE_FALSE(elf.ok());
        CHECK(elf.error().code == ErrorCode::malformed);
    }
}

TEST_CASE("section + offset and back, for every section of every relocatable fixture") {
    for (const char* name :
         {"mini-module.ko", "mini-module-clang.ko", "mini-vmlinux.o", "i386-gcc.o", "s390x-gcc.o",
          "ppc-gcc.o", "riscv64-gcc.o", "extended-numbering.o"}) {
        CAPTURE(name);
        const auto module = Module::open(fixture(name));
        REQUIRE(module);
        check_disjoint(module->sections().all());
        for (const Section& section : module->sections().all()) {
            CAPTURE(std::string(section.name));
            if (!section.allocated()) {
                CHECK(module->sections().address_of(section, 0).error().code ==
                      ErrorCode::malformed);
                continue;
            }
            const auto beyond = module->sections().address_of(section, section.size + 1);
            REQUIRE_FALSE(beyond);
            CHECK(beyond.error().code == ErrorCode::out_of_range);
            const auto end = module->sections().address_of(section, section.size);
            REQUIRE(end);
            CHECK_FALSE(module->sections().offset_of(*end));
            for (std::uint64_t offset = 0; offset < section.size; offset += section.size / 3 + 1) {
                const auto there =
                    module->sections().offset_of(*module->sections().address_of(section, offset));
                REQUIRE(there);
                CHECK(there->section == &section);
                CHECK(there->offset == offset);
            }
        }
    }
}

TEST_CASE("a debug file gets the bases of its file, by name and order among equal names") {
    ElfBuilder original({}, ET_REL);
    original.add(allocated(".text", 0x40, 16));
    original.add(allocated(".init.text", 0x20, 16));
    original.add(allocated(".text.f", 0x10, 16));
    original.add(allocated(".text.f", 0x30, 16));
    ElfBuilder debug({}, ET_REL);
    debug.add(allocated(".text.f", 0x10, 16, SHT_NOBITS));
    debug.add(allocated(".init.text", 0x20, 16, SHT_NOBITS));
    debug.add(allocated(".only.here", 0x8, 16, SHT_NOBITS));
    debug.add({.name = ".debug_info", .bytes = ByteVector(4)});
    debug.add(allocated(".text", 0x40, 16, SHT_NOBITS));
    debug.add(allocated(".text.f", 0x30, 16, SHT_NOBITS));
    const OwnedElf code = original.open();
    OwnedElf other = debug.open();
    CHECK(other.file().section(".text")->address != code.file().section(".text")->address);
    other.file().place_like(code.file());
    const auto& a = code.file();
    const auto& b = other.file();
    CHECK(b.section(".text")->address == a.section(".text")->address);
    CHECK(b.section(".init.text")->address == a.section(".init.text")->address);
    CHECK(b.sections()[1].address == a.sections()[3].address);
    CHECK(b.sections()[6].address == a.sections()[4].address);
    for (const Section& section : a.sections()) {
        if (!section.allocated()) continue;
        const Section* same = b.section_at(section.address);
        REQUIRE(same != nullptr);
        CHECK(same->name == section.name);
        CHECK(same->size == section.size);
    }
    CHECK(b.section(".only.here")->size == 0);
}

TEST_CASE("linked files keep their addresses") {
    ElfBuilder builder;
    builder.add_code(".text", 0x401000, 16);
    ElfBuilder shifted;
    shifted.add_code(".text", 0x501000, 16);
    OwnedElf elf = builder.open();
    elf.file().place_like(shifted.open().file());
    CHECK(elf.file().section(".text")->address.value == 0x401000);
}

TEST_CASE("sections of AVR have addresses of 16 bits where they fit") {
    constexpr std::uint16_t kAvr = 83;
    ElfBuilder builder({false, false}, ET_REL, kAvr);
    builder.add(allocated(".text", 0x4000, 2));
    builder.add(allocated(".text.unlikely", 0x100, 2));
    const OwnedElf elf = builder.open();
    REQUIRE(elf.ok());
    check_disjoint(elf.file().sections());
    CHECK(elf.file().section(".text.unlikely")->address.value + 0x100 < 0x10000);
    CHECK_FALSE(elf.file().is_code(0));
}

namespace {

/// A file with code, and a relocation of its debug information against the section of that
/// index.
OwnedElf debug_file(const ElfKind& kind, std::uint64_t code_size, std::uint32_t target,
                    std::string debug_section = ".debug_info") {
    ElfBuilder builder(kind, ET_REL);
    builder.add(allocated(".text", code_size, 1));
    const auto info = builder.add({.name = ".debug_info", .bytes = ByteVector(16)});
    const auto other = builder.add({.name = std::move(debug_section), .bytes = ByteVector(16)});
    const auto symbol = builder.add_symbol({.name = "", .section = target, .type = STT_SECTION});
    builder.add_relocations(info, {{.offset = 4, .type = 1, .symbol = 0}});
    builder.add_relocations(other, {{.offset = 4, .type = 1, .symbol = symbol}}, kind.is64);
    return builder.open();
}

}  // namespace

TEST_CASE("the only code is at 0 where no relocation of debug information refers to it") {
    constexpr std::uint32_t kText = 1, kInfo = 2;
    for (const ElfKind kind : kAllKinds) {
        const auto by_hand = debug_file(kind, 0x20, kInfo);
        REQUIRE(by_hand.ok());
        CHECK(by_hand.file().section(".text")->address.value == 0);
        CHECK(by_hand.file().is_code(0x1f));
        CHECK_FALSE(by_hand.file().is_code(0x20));
        for (const char* section : {".debug_info", ".debug_addr", ".debug_rnglists"}) {
            const auto compiled = debug_file(kind, 0x20, kText, section);
            REQUIRE(compiled.ok());
            CHECK(compiled.file().section(".text")->address.value != 0);
        }
        // Rows alone are relocated by assemblers.
        CHECK(debug_file(kind, 0x20, kText, ".debug_line").file().is_code(0));
    }
}

TEST_CASE("without any code in a relocatable file, code may be anywhere") {
    for (const ElfKind kind : kAllKinds) {
        const auto file = debug_file(kind, 0, 2);
        REQUIRE(file.ok());
        CHECK(file.file().is_code(0x1710));
        const std::uint64_t highest = kind.is64 ? UINT64_MAX : UINT32_MAX;
        CHECK_FALSE(file.file().is_code(highest));
        CHECK_FALSE(file.file().is_code(highest - 1));
    }
    ElfBuilder linked({}, ET_EXEC);
    linked.add({.name = ".debug_info", .bytes = ByteVector(16)});
    CHECK_FALSE(linked.open().file().is_code(0x1710));
}
