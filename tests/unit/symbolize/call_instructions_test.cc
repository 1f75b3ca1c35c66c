#include "symbolize/call_instructions.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "elf/constants.h"
#include "symbolize/x86_instructions.h"

using namespace symline;
using symbolize::InstructionSet;

namespace {

std::vector<std::uint8_t> bytes_of(std::string_view hex) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t at = 0; at + 1 < hex.size(); at += hex[at] == ' ' ? 1 : 2) {
        if (hex[at] != ' ')
            bytes.push_back(
                static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(at, 2)), nullptr, 16)));
    }
    return bytes;
}

bool is_call(const InstructionSet& set, std::string_view hex) {
    const auto bytes = bytes_of(hex);
    return symbolize::is_call(set, bytes);
}

constexpr InstructionSet kX86{.machine = elf::kX86_64, .is64 = true};
constexpr InstructionSet kArm64{.machine = elf::kArm64, .is64 = true};
constexpr InstructionSet kArm{.machine = elf::kArm};
constexpr InstructionSet kThumb{.machine = elf::kArm, .thumb = true};
constexpr InstructionSet kRiscv64{.machine = elf::kRiscv, .is64 = true};
constexpr InstructionSet kRiscv32{.machine = elf::kRiscv};
constexpr InstructionSet kPpcLittle{.machine = elf::kPpc64, .is64 = true};
constexpr InstructionSet kPpcBig{.machine = elf::kPpc64, .is64 = true, .big_endian = true};
constexpr InstructionSet kS390{.machine = elf::kS390, .is64 = true, .big_endian = true};
constexpr InstructionSet kMipsLittle{.machine = elf::kMips, .is64 = true};
constexpr InstructionSet kMipsBig{.machine = elf::kMips, .big_endian = true};
constexpr InstructionSet kLoongarch{.machine = elf::kLoongarch, .is64 = true};

}  // namespace

// The bytes are those that objdump shows of compilers' and kernels' code.
TEST_CASE("call instructions: x86") {
    CHECK(is_call(kX86, "e8 32 78 00 00"));           // call
    CHECK(is_call(kX86, "ff 15 2c 4e 9d 01"));        // call *pv_ops(%rip)
    CHECK(is_call(kX86, "ff d0"));                    // call *%rax
    CHECK(is_call(kX86, "ff 50 18"));                 // call *0x18(%rax)
    CHECK(is_call(kX86, "ff 54 24 08"));              // call *0x8(%rsp)
    CHECK(is_call(kX86, "ff 90 d0 00 00 00"));        // call *0xd0(%rax)
    CHECK(is_call(kX86, "ff 14 c5 00 02 00 82"));     // call *-0x7dfffe00(,%rax,8)
    CHECK(is_call(kX86, "48 cb"));                    // lretq
    CHECK_FALSE(is_call(kX86, "e9 32 78 00 00"));     // jmp
    CHECK_FALSE(is_call(kX86, "ff e0"));              // jmp *%rax
    CHECK_FALSE(is_call(kX86, "ff 25 2c 4e 9d 01"));  // jmp *(%rip)
    CHECK_FALSE(is_call(kX86, "ff 35 2c 4e 9d 01"));  // push (%rip)
    CHECK_FALSE(is_call(kX86, "ff 50 18 90"));        // call *0x18(%rax); nop
}

TEST_CASE("call instructions: arm64") {
    CHECK(is_call(kArm64, "d9 bc 39 94"));        // bl
    CHECK(is_call(kArm64, "00 00 3f d6"));        // blr x0
    CHECK(is_call(kArm64, "1f 09 3f d6"));        // blraaz x8
    CHECK(is_call(kArm64, "11 09 3f d7"));        // blraa x8, x17
    CHECK_FALSE(is_call(kArm64, "d9 bc 39 14"));  // b
    CHECK_FALSE(is_call(kArm64, "00 00 1f d6"));  // br x0
    CHECK_FALSE(is_call(kArm64, "c0 03 5f d6"));  // ret
}

TEST_CASE("call instructions: arm") {
    CHECK(is_call(kArm, "f4 ff ff eb"));              // bl
    CHECK(is_call(kArm, "1e 00 00 0b"));              // bleq
    CHECK(is_call(kArm, "33 ff 2f e1"));              // blx r3
    CHECK(is_call(kArm, "02 00 00 fa"));              // blx, to T32
    CHECK(is_call(kArm, "0f e0 a0 e1 03 f0 a0 e1"));  // mov lr, pc; mov pc, r3
    CHECK_FALSE(is_call(kArm, "f4 ff ff ea"));        // b
    CHECK_FALSE(is_call(kArm, "13 ff 2f e1"));        // bx r3
    CHECK_FALSE(is_call(kArm, "0e f0 a0 e1 03 f0 a0 e1"));
    CHECK(is_call(kThumb, "ff f7 f4 ff"));        // bl
    CHECK(is_call(kThumb, "00 f0 1e e8"));        // blx, to A32
    CHECK(is_call(kThumb, "98 47"));              // blx r3
    CHECK_FALSE(is_call(kThumb, "18 47"));        // bx r3
    CHECK_FALSE(is_call(kThumb, "ff f7 f4 bf"));  // b.w
    InstructionSet big = kArm;
    big.big_endian = true;
    CHECK(is_call(big, "eb ff ff f4"));
}

TEST_CASE("call instructions: riscv, with the compressed ones") {
    CHECK(is_call(kRiscv64, "ef 00 80 0d"));        // jal ra
    CHECK(is_call(kRiscv64, "e7 80 40 3e"));        // jalr ra, 996(ra)
    CHECK(is_call(kRiscv64, "e7 82 02 ff"));        // jalr t0, -16(t0)
    CHECK(is_call(kRiscv64, "82 97"));              // c.jalr a5
    CHECK_FALSE(is_call(kRiscv64, "6f 00 80 0d"));  // j
    CHECK_FALSE(is_call(kRiscv64, "67 80 00 00"));  // ret
    CHECK_FALSE(is_call(kRiscv64, "82 87"));        // c.jr a5
    CHECK_FALSE(is_call(kRiscv64, "02 90"));        // c.ebreak
    CHECK_FALSE(is_call(kRiscv64, "fd 37"));        // c.addiw
    CHECK(is_call(kRiscv32, "fd 37"));              // c.jal
    CHECK(symbolize::instruction_size(kRiscv64, bytes_of("82 97 01 00")) == 2);
    CHECK(symbolize::instruction_size(kRiscv64, bytes_of("ef 00 80 0d")) == 4);
}

TEST_CASE("call instructions: ppc64, of both byte orders") {
    CHECK(is_call(kPpcLittle, "19 a4 0b 48"));  // bl
    CHECK(is_call(kPpcLittle, "21 04 80 4e"));  // bctrl
    CHECK(is_call(kPpcLittle, "21 00 80 4e"));  // blrl
    CHECK(is_call(kPpcBig, "48 0b a4 19"));
    CHECK(is_call(kPpcBig, "4e 80 04 21"));
    CHECK_FALSE(is_call(kPpcLittle, "18 a4 0b 48"));  // b
    CHECK_FALSE(is_call(kPpcLittle, "20 04 80 4e"));  // bctr
    CHECK_FALSE(is_call(kPpcLittle, "20 00 80 4e"));  // blr
    CHECK_FALSE(is_call(kPpcLittle, "05 00 9f 42"));  // bcl 20,31,.+4
    CHECK_FALSE(is_call(kPpcBig, "19 a4 0b 48"));
}

TEST_CASE("call instructions: s390x") {
    CHECK(is_call(kS390, "c0 e5 00 1a c2 5f"));        // brasl %r14
    CHECK(is_call(kS390, "c0 05 00 00 00 10"));        // brasl %r0, of mcount
    CHECK(is_call(kS390, "a7 e5 00 10"));              // bras %r14
    CHECK(is_call(kS390, "0d e1"));                    // basr %r14,%r1
    CHECK(is_call(kS390, "4d e0 10 00"));              // bas %r14,0(%r1)
    CHECK_FALSE(is_call(kS390, "c0 04 00 00 00 00"));  // jgnop
    CHECK_FALSE(is_call(kS390, "c0 f4 00 1a c2 5f"));  // jg
    CHECK_FALSE(is_call(kS390, "0d d0"));              // basr %r13,0
    CHECK_FALSE(is_call(kS390, "0d e0"));              // basr %r14,0
    CHECK_FALSE(is_call(kS390, "a7 d5 00 10"));        // bras %r13, to a literal pool's end
    CHECK_FALSE(is_call(kS390, "07 fe"));              // br %r14
    CHECK(symbolize::instruction_size(kS390, bytes_of("07 fe")) == 2);
    CHECK(symbolize::instruction_size(kS390, bytes_of("a7 e5 00 10")) == 4);
    CHECK(symbolize::instruction_size(kS390, bytes_of("c0 e5 00 1a c2 5f")) == 6);
}

TEST_CASE("call instructions: mips, after whose delay slot a call returns") {
    CHECK(is_call(kMipsLittle, "34 12 04 0c 00 00 00 00"));  // jal; nop
    CHECK(is_call(kMipsLittle, "09 f8 20 03 25 20 00 02"));  // jalr t9; move a0,s0
    CHECK(is_call(kMipsLittle, "10 00 11 04 00 00 00 00"));  // bal; nop
    CHECK(is_call(kMipsBig, "0c 04 12 34 00 00 00 00"));
    CHECK(is_call(kMipsBig, "03 20 f8 09 00 00 00 00"));
    CHECK(is_call(kMipsLittle, "10 00 00 e8"));                    // balc
    CHECK_FALSE(is_call(kMipsLittle, "34 12 04 08 00 00 00 00"));  // j
    CHECK_FALSE(is_call(kMipsLittle, "08 00 e0 03 00 00 00 00"));  // jr ra
    CHECK_FALSE(is_call(kMipsLittle, "09 00 20 03 00 00 00 00"));  // jalr zero,t9
    CHECK_FALSE(is_call(kMipsLittle, "34 12 04 0c"));
}

TEST_CASE("call instructions: loongarch") {
    CHECK(is_call(kLoongarch, "00 38 00 54"));        // bl
    CHECK(is_call(kLoongarch, "81 01 00 4c"));        // jirl ra, t0, 0
    CHECK_FALSE(is_call(kLoongarch, "00 38 00 50"));  // b
    CHECK_FALSE(is_call(kLoongarch, "20 00 00 4c"));  // ret
}

TEST_CASE("how far direct calls lead") {
    const auto distance = [](const InstructionSet& set, std::string_view hex) {
        const auto bytes = bytes_of(std::string(hex));
        return symbolize::call_distance(set, symbolize::last_call(set, bytes));
    };
    // As objdump has them: from the instruction's address, less its size.
    CHECK(distance(kX86, "90 e8 32 78 00 00") == 0x7832);
    CHECK(distance(kX86, "e8 fb ff ff ff") == -5);
    CHECK_FALSE(distance(kX86, "ff d0"));
    CHECK_FALSE(distance(kX86, "e9 32 78 00 00"));
    CHECK(distance(kArm64, "02 00 00 94") == 4);
    CHECK(distance(kArm64, "ff ff ff 97") == -8);
    CHECK_FALSE(distance(kArm64, "00 00 3f d6"));
    CHECK(distance(kArm, "f4 ff ff eb") == -44);
    CHECK_FALSE(distance(kArm, "33 ff 2f e1"));
    CHECK(distance(kThumb, "ff f7 f4 ff") == -24);
    CHECK(distance(kThumb, "00 f0 01 f8") == 2);
    CHECK_FALSE(distance(kThumb, "00 f0 1e e8"));
    CHECK(distance(kRiscv64, "ef 00 80 0d") == 0xd4);
    CHECK(distance(kRiscv64, "ef f0 5f ff") == -16);
    CHECK_FALSE(distance(kRiscv64, "82 97"));
    CHECK(distance(kPpcLittle, "19 a4 0b 48") == 0xba414);
    CHECK(distance(kPpcBig, "4b ff ff f1") == -20);
    CHECK_FALSE(distance(kPpcLittle, "21 04 80 4e"));
    CHECK(distance(kS390, "c0 e5 00 00 00 10") == 26);
    CHECK(distance(kS390, "a7 e5 ff f0") == -36);
    CHECK_FALSE(distance(kS390, "0d e1"));
    CHECK(distance(kLoongarch, "00 38 00 54") == 0x34);
    CHECK(distance(kLoongarch, "ff fb ff 57") == -12);
    CHECK_FALSE(distance(kMipsLittle, "34 12 04 0c 00 00 00 00"));
    CHECK_FALSE(distance(kX86, ""));
}

TEST_CASE("how far direct jumps lead") {
    const auto distance = [](const InstructionSet& set, std::string_view hex) {
        return symbolize::jump_distance(set, bytes_of(std::string(hex)));
    };
    CHECK(distance(kX86, "5d e9 32 78 00 00") == 0x7832);
    CHECK(distance(kX86, "5d 5d 5d 5d eb f0") == -16);
    CHECK_FALSE(distance(kX86, "e8 32 78 00 00"));
    CHECK_FALSE(distance(kX86, "ff 25 2c 4e 9d 01"));
    CHECK(distance(kArm64, "02 00 00 14") == 4);
    CHECK_FALSE(distance(kArm64, "02 00 00 94"));
    CHECK_FALSE(distance(kArm64, "00 00 1f d6"));
    CHECK(distance(kArm, "f4 ff ff ea") == -44);
    CHECK_FALSE(distance(kArm, "f4 ff ff eb"));
    CHECK(distance(kThumb, "ff f7 f4 bf") == -24);
    CHECK(distance(kRiscv64, "6f 00 80 0d") == 0xd4);
    CHECK_FALSE(distance(kRiscv64, "ef 00 80 0d"));
    CHECK(distance(kPpcLittle, "18 a4 0b 48") == 0xba414);
    CHECK_FALSE(distance(kPpcLittle, "19 a4 0b 48"));
    CHECK(distance(kS390, "c0 f4 00 00 00 10") == 26);
    CHECK_FALSE(distance(kS390, "c0 e5 00 00 00 10"));
    CHECK(distance(kLoongarch, "00 38 00 50") == 0x34);
    CHECK_FALSE(distance(kLoongarch, "20 00 00 4c"));
    CHECK_FALSE(distance(kX86, ""));
    CHECK_FALSE(distance(kS390, "c0 f4"));
}

TEST_CASE("call instructions: of a machine that is not known, and of too few bytes") {
    CHECK(symbolize::call_sizes(InstructionSet{.machine = 2}).empty());
    for (const auto& set : {kX86, kArm64, kArm, kThumb, kRiscv64, kPpcBig, kS390, kMipsBig}) {
        CHECK_FALSE(symbolize::call_sizes(set).empty());
        CHECK_FALSE(is_call(set, ""));
        CHECK_FALSE(is_call(set, "e8"));
    }
}

TEST_CASE("x86 instructions: sizes") {
    const auto size = [](std::string_view hex, bool is64 = true) {
        // What follows must not matter.
        return symbolize::x86_instruction_size(bytes_of(std::string(hex) + " 90909090909090909090"),
                                               is64);
    };
    const std::string_view whole[] = {
        "90",                                // nop
        "f3 0f 1e fa",                       // endbr64
        "0f 0b",                             // ud2
        "0f 1f 44 00 00",                    // nopl
        "66 2e 0f 1f 84 00 00 00 00 00",     // cs nopw
        "55",                                // push %rbp
        "41 54",                             // push %r12
        "48 89 e5",                          // mov %rsp,%rbp
        "48 8b 04 25 00 02 02 00",           // mov 0x20200,%rax
        "65 48 8b 04 25 28 00 00 00",        // mov %gs:0x28,%rax
        "48 b8 00 00 00 00 00 00 00 80",     // movabs
        "66 b8 34 12",                       // mov $0x1234,%ax
        "48 a1 00 11 22 33 44 55 66 77",     // movabs to %rax
        "48 c7 87 18 0b 00 00 30 51 c5 82",  // movq
        "66 c7 40 10 34 12",                 // movw
        "f6 47 08 20",                       // testb
        "f7 c1 00 00 01 00",                 // test
        "f7 d8",                             // neg
        "0f ba e0 09",                       // bt
        "0f 84 14 22 b7 00",                 // je
        "75 f0",                             // jne
        "e8 32 78 00 00",                    // call
        "2e e8 32 78 00 00",                 // cs call
        "41 ff d3",                          // call *%r11
        "0f 22 d8",                          // mov %rax,%cr3
        "f0 0f c1 07",                       // lock xadd
        "0f 38 f0 06",                       // movbe
        "66 0f 3a 0f c1 08",                 // palignr
        "c5 f8 77",                          // vzeroupper
        "c5 f9 70 c1 4e",                    // vpshufd
        "c4 e2 7d 18 05 10 20 30 00",        // vbroadcastss
        "c4 e3 7d 39 c1 01",                 // vextracti128
        "62 f1 7c 48 10 07",                 // vmovups, zmm
        "c8 10 00 00",                       // enter
        "c2 08 00",                          // ret
        "48 cf",                             // iretq
    };
    for (const auto hex : whole) {
        CAPTURE(hex);
        CHECK(size(hex) == bytes_of(hex).size());
    }
    for (const std::string_view hex : {"40", "c5 06", "62 06", "67 8b 07", "a1 00 02 02 00",
                                       "9a 10 20 30 40 08 00", "8b 04 25 00 02 02 00"}) {
        CAPTURE(hex);
        CHECK(size(hex, false) == bytes_of(hex).size());
    }
    CHECK(symbolize::x86_instruction_size(bytes_of("e8 32 78"), true) == 0);
    CHECK(symbolize::x86_instruction_size({}, true) == 0);
    CHECK(symbolize::are_x86_prefixes(bytes_of("66 66 48"), true));
    CHECK_FALSE(symbolize::are_x86_prefixes(bytes_of("66 66 48"), false));
    CHECK_FALSE(symbolize::are_x86_prefixes(bytes_of("66 90"), true));
}
