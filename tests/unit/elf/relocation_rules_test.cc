#include "elf/relocation_rules.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace symline::elf;

namespace {

constexpr std::uint16_t kX86 = 62, kMips = 8, kRiscv = 243, kLoongarch = 258, kArm64 = 183;

/// The field 0xab after a relocation against 0x1'0000'1000 + 4 at 0x10.
std::uint64_t after(std::uint16_t machine, std::uint16_t type) {
    const auto rules = relocation_rules(machine);
    const auto rule = std::ranges::find(rules, type, &RelocationRule::type);
    REQUIRE(rule != rules.end());
    return relocated(*rule, {0x1'0000'1000, 4, 0x10}, 0xab);
}

}  // namespace

TEST_CASE("relocation rules: a machine has its own, an unknown one none") {
    CHECK(relocation_rules(0).empty());
    CHECK(relocation_rules(0xffff).empty());
    for (const std::uint16_t machine : {kX86, kMips, kRiscv, kLoongarch, kArm64}) {
        const auto rules = relocation_rules(machine);
        REQUIRE_FALSE(rules.empty());
        CHECK(std::ranges::all_of(rules, [&](const auto& rule) {
            return rule.machine == machine && rule.bits >= 6 && rule.bits <= 64;
        }));
    }
}

TEST_CASE("relocation rules: one of each operation") {
    CHECK(after(kX86, 0) == 0xab);                           // R_X86_64_NONE
    CHECK(after(kX86, 1) == 0x1'0000'1004);                  // R_X86_64_64
    CHECK(after(kX86, 10) == 0x1004);                        // R_X86_64_32
    CHECK(after(kX86, 24) == 0x1'0000'0ff4);                 // R_X86_64_PC64
    CHECK(after(kX86, 6) == 0x1'0000'1000);                  // R_X86_64_GLOB_DAT
    CHECK(after(kArm64, 262) == 0x0ff4);                     // R_AARCH64_PREL16
    CHECK(after(kMips, 18) == 0x1'0000'1004);                // R_MIPS_64
    CHECK(after(kRiscv, 36) == 0x1'0000'10af);               // R_RISCV_ADD64
    CHECK(after(kRiscv, 37) == 0xa7);                        // R_RISCV_SUB8
    CHECK(after(kLoongarch, 55) == 0xffff'f0a7);             // R_LARCH_SUB32
    CHECK(after(kLoongarch, 107) == 0x1'0000'10af);          // R_LARCH_ADD_ULEB128
    CHECK(after(kLoongarch, 108) == 0xffff'fffe'ffff'f0a7);  // R_LARCH_SUB_ULEB128
    CHECK(after(kRiscv, 60) == 0x1'0000'1004);               // R_RISCV_SET_ULEB128
    CHECK(after(kRiscv, 61) == 0xffff'fffe'ffff'f0a7);       // R_RISCV_SUB_ULEB128
}

TEST_CASE("relocation rules: numbers of machines that LLVM has no names for") {
    CHECK(after(4, 1) == 0x1004);              // R_68K_32
    CHECK(after(15, 1) == 0x1004);             // R_PARISC_DIR32
    CHECK(after(15, 65) == 0x1004);            // R_PARISC_SECREL32
    CHECK(after(15, 80) == 0x1'0000'1004);     // R_PARISC_DIR64
    CHECK(after(42, 1) == 0x10af);             // R_SH_DIR32, with an addend in the field
    CHECK(after(94, 1) == 0x10af);             // R_XTENSA_32, too
    CHECK(after(92, 1) == 0x1004);             // R_OR1K_32
    CHECK(after(0x9026, 2) == 0x1'0000'1004);  // R_ALPHA_REFQUAD
    CHECK(after(0x9026, 10) == 0x0ff4);        // R_ALPHA_SREL32
    CHECK(after(18, 23) == 0x1004);            // R_SPARC_UA32 of a 32-bit file for V9
}

TEST_CASE("relocation rules: of a field of six bits, the other two of its byte are kept") {
    CHECK(after(kRiscv, 53) == (0x80 | 0x04));                      // R_RISCV_SET6
    CHECK(after(kRiscv, 52) == (0x80 | ((0x2b - 4) & 0x3f)));       // R_RISCV_SUB6
    CHECK(after(kLoongarch, 105) == (0x80 | ((0x2b + 4) & 0x3f)));  // R_LARCH_ADD6
}
