#include "elf/relocations.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "support/elf_builder.h"

using namespace symline;
using namespace symline::test;
using elf::Relocations;
using elf::Relocator;

namespace {

constexpr std::uint32_t R_X86_64_64 = 1, R_X86_64_32 = 10, R_X86_64_NONE = 0;
constexpr std::uint32_t R_386_32 = 1, R_ARM_ABS32 = 2;
constexpr std::uint32_t R_RISCV_ADD32 = 35, R_RISCV_SUB32 = 39, R_RISCV_SET8 = 54,
                        R_RISCV_SUB8 = 37;

/// A relocatable file with .text, .debug_info and two symbols: at .text+0x10 and at .text+0x30.
struct Relocated {
    Relocated(ElfKind kind, std::uint16_t machine, const std::vector<RelocationSpec>& entries,
              bool with_addend)
        : elf(build(kind, machine, entries, with_addend)), relocator(*Relocator::of(elf.file())) {
        relocations = Relocations::of(elf.file(), *elf.file().section(".debug_info"), *relocator);
        base = elf.file().section(".text")->address.value;
    }
    static OwnedElf build(ElfKind kind, std::uint16_t machine,
                          const std::vector<RelocationSpec>& entries, bool with_addend) {
        ElfBuilder builder(kind, ET_REL, machine);
        const auto text = builder.add_code(".text", 0, 0x100);
        const auto info = builder.add({.name = ".debug_info", .bytes = ByteVector(64)});
        builder.add_symbol({.name = "first", .value = 0x10, .section = text});
        builder.add_symbol({.name = "second", .value = 0x30, .section = text});
        if (!entries.empty()) builder.add_relocations(info, entries, with_addend);
        return builder.open();
    }
    OwnedElf elf;
    std::unique_ptr<Relocator> relocator;
    std::optional<Relocations> relocations;
    std::uint64_t base = 0;
};

}  // namespace

TEST_CASE("SHT_RELA: symbol and addend, what stands in place is no part of it") {
    const Relocated x86(
        {}, EM_X86_64,
        {{8, R_X86_64_64, 1, 4}, {16, R_X86_64_32, 2, -8}, {24, R_X86_64_NONE, 0, 0}}, true);
    REQUIRE(x86.relocations);
    CHECK(x86.relocations->resolve(8, 0) == x86.base + 0x14);
    CHECK(x86.relocations->resolve(8, 0x777) == x86.base + 0x14);
    CHECK(x86.relocations->resolve(16, 0) == x86.base + 0x28);
    CHECK(x86.relocations->resolve(24, 0x55) == 0x55);
    const Relocated arm({false, false}, EM_ARM, {{8, R_ARM_ABS32, 1, 4}}, true);
    CHECK(arm.relocations->resolve(8, 0x777) == arm.base + 0x14);
}

TEST_CASE("SHT_REL: the addend stands in place") {
    for (const bool big_endian : {false, true}) {
        const Relocated arm({false, big_endian}, EM_ARM, {{8, R_ARM_ABS32, 1, 0}}, false);
        REQUIRE(arm.relocations);
        CHECK(arm.relocations->resolve(8, 4) == arm.base + 0x14);
    }
    const Relocated i386({false, false}, EM_386, {{0, R_386_32, 2, 0}}, false);
    CHECK(i386.relocations->resolve(0, 1) == i386.base + 0x31);
}

TEST_CASE("big-endian 64-bit entries") {
    constexpr std::uint16_t EM_S390 = 22;
    const Relocated s390({true, true}, EM_S390, {{8, 22, 1, 4}}, true);  // R_390_64
    CHECK(s390.relocations->resolve(8, 0) == s390.base + 0x14);
}

TEST_CASE("a field without a relocation keeps its value, and no section is without relocations") {
    const Relocated some({}, EM_X86_64, {{8, R_X86_64_64, 1, 0}, {24, R_X86_64_64, 1, 0}}, true);
    for (const std::uint64_t offset : {0ULL, 7ULL, 9ULL, 16ULL, 25ULL, ~0ULL}) {
        CHECK(some.relocations->resolve(offset, 0x42) == 0x42);
    }
    CHECK(some.relocations->resolve(24, 0) == some.base + 0x10);
    const Relocated none({}, EM_X86_64, {}, true);
    CHECK_FALSE(none.relocations);
}

TEST_CASE("unknown types and symbols") {
    const Relocated odd({}, EM_X86_64, {{0, 0x7777, 1, 5}, {8, R_X86_64_64, 99, 5}}, true);
    CHECK(odd.relocations->resolve(0, 0x42) == 0x42);
    CHECK(odd.relocations->resolve(8, 0x42) == 5);
}

TEST_CASE("RISC-V pairs: one after the other, over what stands in place") {
    const Relocated riscv({}, EM_RISCV,
                          {{8, R_RISCV_ADD32, 2, 2},
                           {8, R_RISCV_SUB32, 1, 1},
                           {16, R_RISCV_SET8, 2, 0},
                           {16, R_RISCV_SUB8, 1, 0}},
                          true);
    CHECK(riscv.relocations->resolve(8, 0) == 0x21);
    CHECK(riscv.relocations->resolve(8, 0x100) == 0x121);
    CHECK((riscv.relocations->resolve(16, 0) & 0xff) == 0x20);
    CHECK(riscv.relocations->resolve(8, 0) == 0x21);
}

TEST_CASE("a table that is not in order answers as one that is") {
    for (const std::size_t count : {10U, 5000U, 20'000U}) {
        std::vector<RelocationSpec> entries;
        for (std::size_t i = 0; i < count; ++i) {
            entries.push_back({8 * i, R_X86_64_64, 1, static_cast<std::int64_t>(i)});
        }
        std::mt19937 random(7);
        std::ranges::shuffle(entries, random);
        const Relocated shuffled({}, EM_X86_64, entries, true);
        std::size_t right = 0;
        for (std::size_t i = 0; i < count; ++i) {
            right += shuffled.relocations->resolve(8 * i, 0) == shuffled.base + 0x10 + i ? 1 : 0;
            CHECK(shuffled.relocations->resolve(8 * i + 4, 3) == 3);
        }
        CHECK(right == count);
    }
}

TEST_CASE("values are found in any order of questions") {
    std::vector<RelocationSpec> entries;
    for (std::size_t i = 0; i < 100; ++i) {
        entries.push_back({8 * i, R_X86_64_64, 1, static_cast<std::int64_t>(i)});
    }
    const Relocated file({}, EM_X86_64, entries, true);
    for (std::uint64_t i = 0; i < 300; ++i) {
        const std::uint64_t entry = i * 37 % 100;
        CHECK(file.relocations->resolve(8 * entry, 0) == file.base + 0x10 + entry);
    }
}
