#include "symline/disassembler.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

using namespace symline;

namespace {

constexpr CodeTarget kX86_64{Isa::x86, true, false};

struct Row {
    CodeTarget target;
    std::vector<std::uint8_t> bytes;
    std::size_t size;
    const char* text;
};

}  // namespace

// The same bytes through GNU objdump 2.40 are the same instructions, in its spelling.
TEST_CASE("disassembler: an instruction of each machine") {
    const Row rows[] = {
        {kX86_64, {0x48, 0x89, 0x7d, 0xd0}, 4, "movq %rdi, -0x30(%rbp)"},
        {kX86_64, {0x0f, 0x0b}, 2, "ud2"},
        {kX86_64, {0xe8, 0x10, 0, 0, 0}, 5, "callq 0x1015"},
        {{Isa::x86, false, false}, {0x8b, 0x45, 0x08}, 3, "movl 0x8(%ebp), %eax"},
        {{Isa::arm64, true, false}, {0x21, 0x00, 0x40, 0xf9}, 4, "ldr x1, [x1]"},
        {{Isa::arm64, true, false}, {0x00, 0x00, 0x21, 0xd4}, 4, "brk #0x800"},
        {{Isa::arm, false, false}, {0x00, 0x10, 0x90, 0xe5}, 4, "ldr r1, [r0]"},
        {{Isa::thumb, false, false}, {0x08, 0x47}, 2, "bx r1"},
        {{Isa::riscv, true, false}, {0x85, 0x47}, 2, "li a5, 0x1"},
        {{Isa::riscv, true, false}, {0x73, 0x00, 0x10, 0x00}, 4, "ebreak"},
        {{Isa::ppc, true, false}, {0xa6, 0x02, 0x08, 0x7c}, 4, "mflr 0"},
        {{Isa::ppc, true, true}, {0x7c, 0x08, 0x02, 0xa6}, 4, "mflr 0"},
        {{Isa::s390, true, true}, {0x07, 0xfe}, 2, "br %r14"},
        {{Isa::s390, true, true},
         {0xeb, 0x6f, 0xf0, 0x48, 0x00, 0x24},
         6,
         "stmg %r6, %r15, 72(%r15)"},
        {{Isa::mips, false, false}, {0x08, 0x00, 0xe0, 0x03}, 4, "jr $ra"},
        {{Isa::mips, false, true}, {0x03, 0xe0, 0x00, 0x08}, 4, "jr $ra"},
        {{Isa::loongarch, true, false}, {0x20, 0x00, 0x00, 0x4c}, 4, "ret"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto disassembler = make_disassembler(row.target);
        REQUIRE(disassembler);
        const auto decoded = disassembler->decode(row.bytes, 0x1000);
        CHECK(decoded.size == row.size);
        CHECK(decoded.text == row.text);
    }
}

TEST_CASE("disassembler: where a direct jump goes") {
    const auto x86 = make_disassembler(kX86_64);
    CHECK(x86->decode(std::vector<std::uint8_t>{0x74, 0x02}, 0x1000).target == 0x1004);
    CHECK_FALSE(x86->decode(std::vector<std::uint8_t>{0xff, 0xd0}, 0x1000).target);
}

TEST_CASE("disassembler: bytes that are none, or not all of one") {
    const auto x86 = make_disassembler(kX86_64);
    CHECK(x86->decode(std::vector<std::uint8_t>{0x06}, 0).size == 0);
    CHECK(x86->decode(std::vector<std::uint8_t>{0xe8, 0x10}, 0).size == 0);
    CHECK(x86->decode({}, 0).size == 0);
}

TEST_CASE("disassembler: any bytes at all") {
    std::mt19937 random(20261123);
    const Isa all[] = {Isa::x86, Isa::arm64, Isa::arm,  Isa::thumb,    Isa::riscv,
                       Isa::ppc, Isa::s390,  Isa::mips, Isa::loongarch};
    for (const Isa isa : all) {
        for (const bool is64 : {false, true}) {
            const auto disassembler = make_disassembler({isa, is64, isa == Isa::s390});
            REQUIRE(disassembler);
            for (int i = 0; i < 3000; ++i) {
                std::vector<std::uint8_t> bytes(random() % 17);
                for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
                const auto decoded = disassembler->decode(bytes, random());
                CHECK(decoded.size <= bytes.size());
                CHECK((decoded.size == 0) == decoded.text.empty());
            }
        }
    }
}
