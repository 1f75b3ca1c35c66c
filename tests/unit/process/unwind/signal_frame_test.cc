#include "process/unwind/signal_frame.h"

#include <doctest/doctest.h>

#include "process/core_builder.h"

using namespace symline;
using namespace symline::process;
using symline::test::ByteVector;
using symline::test::PieceMemory;

namespace {

constexpr std::uint64_t kCode = 0x10000;
constexpr std::uint64_t kStack = 0x7000;
constexpr std::uint64_t kPc = 0x12344;
constexpr std::uint64_t kSp = 0x7654;
constexpr std::size_t kFrameSize = 4096;

/// A value in the frame, by its offset from the stack pointer at the first instruction.
struct Field {
    std::size_t offset = 0;
    unsigned size = 8;
    std::uint64_t value = 0;
};

/// A frame as a kernel writes it: the code, where pc and sp are, and what makes it believable.
struct Example {
    const char* name = "";
    std::uint16_t machine = 0;
    unsigned word_size = 8;
    bool big_endian = false;
    ByteVector code;
    Field pc;
    Field sp;
    Field fact;
    unsigned register_size = 0;
};

const std::vector<Example> kExamples{
    {"x86-64",
     elf::kX86_64,
     8,
     false,
     {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05},
     {168, 8},
     {160, 8},
     {184, 2, 0x33}},
    {"x86-64, of 32 bits",
     elf::kX86_64,
     8,
     false,
     {0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05},
     {168, 8},
     {160, 8},
     {184, 2, 0x33}},
    {"x32",
     elf::kX86_64,
     4,
     false,
     {0x48, 0xc7, 0xc0, 0x01, 0x02, 0, 0x40, 0x0f, 0x05},
     {152, 8},
     {144, 8},
     {168, 2, 0x33}},
    {"i386",
     elf::kI386,
     4,
     false,
     {0x58, 0xb8, 0x77, 0, 0, 0, 0xcd, 0x80},
     {60, 4},
     {32, 4},
     {64, 2, 0x73}},
    {"i386, rt",
     elf::kI386,
     4,
     false,
     {0xb8, 0xad, 0, 0, 0, 0xcd, 0x80},
     {216, 4},
     {188, 4},
     {220, 2, 0x23}},
    {"aarch64",
     elf::kArm64,
     8,
     false,
     {0x68, 0x11, 0x80, 0xd2, 0x01, 0, 0, 0xd4},
     {568, 8},
     {560, 8},
     {592, 4, 0x46508001}},
    {"aarch64, big-endian data",
     elf::kArm64,
     8,
     true,
     {0x68, 0x11, 0x80, 0xd2, 0x01, 0, 0, 0xd4},
     {568, 8},
     {560, 8},
     {592, 4, 0x46508001}},
    {"arm",
     elf::kArm,
     4,
     false,
     {0x77, 0x70, 0xa0, 0xe3, 0, 0, 0, 0xef},
     {92, 4},
     {84, 4},
     {96, 4, 0x60000030}},
    {"arm, both ABIs",
     elf::kArm,
     4,
     false,
     {0x77, 0x70, 0xa0, 0xe3, 0x77, 0, 0x90, 0xef},
     {92, 4},
     {84, 4},
     {96, 4, 0x60000030}},
    {"arm, OABI",
     elf::kArm,
     4,
     false,
     {0x77, 0, 0x90, 0xef},
     {92, 4},
     {84, 4},
     {96, 4, 0x60000030}},
    {"Thumb", elf::kArm, 4, false, {0x77, 0x27, 0, 0xdf}, {92, 4}, {84, 4}, {96, 4, 0x60000030}},
    {"Thumb-2",
     elf::kArm,
     4,
     false,
     {0x4f, 0xf0, 0x77, 0x07, 0, 0xdf},
     {92, 4},
     {84, 4},
     {96, 4, 0x60000030}},
    {"arm, rt",
     elf::kArm,
     4,
     false,
     {0xad, 0x70, 0xa0, 0xe3, 0, 0, 0, 0xef},
     {220, 4},
     {212, 4},
     {0, 4, 11}},
    {"Thumb, rt", elf::kArm, 4, false, {0xad, 0x27, 0, 0xdf}, {220, 4}, {212, 4}, {0, 4, 11}},
    {"Thumb-2, rt",
     elf::kArm,
     4,
     false,
     {0x4f, 0xf0, 0xad, 0x07, 0, 0xdf},
     {220, 4},
     {212, 4},
     {0, 4, 11}},
    {"arm, BE8",
     elf::kArm,
     4,
     true,
     {0xad, 0x70, 0xa0, 0xe3, 0, 0, 0, 0xef},
     {220, 4},
     {212, 4},
     {0, 4, 11}},
    {"arm, BE32",
     elf::kArm,
     4,
     true,
     {0xe3, 0xa0, 0x70, 0xad, 0xef, 0, 0, 0},
     {220, 4},
     {212, 4},
     {0, 4, 11}},
    {"ppc64le",
     elf::kPpc64,
     8,
     false,
     {0x80, 0, 0x21, 0x38, 0xac, 0, 0, 0x38, 2, 0, 0, 0x44},
     {616, 8},
     {368, 8},
     {352, 8, kStack + 360}},
    {"ppc64, as QEMU has it",
     elf::kPpc64,
     8,
     true,
     {0x38, 0, 0, 0xac, 0x44, 0, 0, 2},
     {616, 8},
     {368, 8},
     {352, 8, kStack + 360}},
    {"ppc64, as QEMU had it",
     elf::kPpc64,
     8,
     true,
     {0x38, 0, 0, 0xac, 0x44, 0, 0, 2},
     {632, 8},
     {384, 8},
     {368, 8, kStack + 376}},
    {"ppc32",
     elf::kPpc,
     4,
     true,
     {0x38, 0, 0, 0x77, 0x44, 0, 0, 2},
     {224, 4},
     {100, 4},
     {92, 4, kStack + 96}},
    {"ppc32, rt",
     elf::kPpc,
     4,
     true,
     {0x38, 0, 0, 0xac, 0x44, 0, 0, 2},
     {528, 4},
     {404, 4},
     {256, 4, kStack + 400}},
    {"s390x", elf::kS390, 8, true, {0x0a, 0x77}, {184, 8}, {312, 8}, {168, 8, kStack + 176}},
    {"s390x, rt", elf::kS390, 8, true, {0x0a, 0xad}, {344, 8}, {472, 8}, {168, 4, 11}},
    {"s390", elf::kS390, 4, true, {0x0a, 0x77}, {112, 4}, {176, 4}, {104, 4, kStack + 108}},
    {"s390, rt", elf::kS390, 4, true, {0x0a, 0xad}, {252, 4}, {316, 4}, {100, 4, 11}},
    {"sparc64",
     elf::kSparcV9,
     8,
     true,
     {0x82, 0x10, 0x20, 0x65, 0x91, 0xd0, 0x20, 0x6d},
     {2503, 8},
     {2479, 8},
     {2239, 4, 11}},
    {"riscv64",
     elf::kRiscv,
     8,
     false,
     {0x93, 0x08, 0xb0, 0x08, 0x73, 0, 0, 0},
     {304, 8},
     {320, 8},
     {0, 4, 11}},
    {"riscv32",
     elf::kRiscv,
     4,
     false,
     {0x93, 0x08, 0xb0, 0x08, 0x73, 0, 0, 0},
     {288, 4},
     {296, 4},
     {0, 4, 11}},
    {"mips o32, rt",
     elf::kMips,
     4,
     true,
     {0x24, 0x02, 0x10, 0x61, 0, 0, 0, 0x0c},
     {184, 8},
     {424, 8},
     {24, 4, 11}},
    {"mips n32",
     elf::kMips,
     4,
     false,
     {0x43, 0x18, 0x02, 0x24, 0x0c, 0, 0, 0},
     {752, 8},
     {408, 8},
     {24, 4, 11},
     8},
    {"mips n64",
     elf::kMips,
     8,
     false,
     {0x5b, 0x14, 0x02, 0x24, 0x0c, 0, 0, 0},
     {768, 8},
     {424, 8},
     {24, 4, 11}},
    {"loongarch64",
     elf::kLoongarch,
     8,
     false,
     {0x0b, 0x2c, 0x82, 0x03, 0, 0, 0x2b, 0},
     {304, 8},
     {336, 8},
     {0, 4, 11}},
};

struct Handler {
    explicit Handler(const Example& given)
        : example(given),
          machine(*machine_facts(given.machine, given.word_size, given.register_size)) {
        put({given.pc.offset, given.pc.size, kPc});
        put({given.sp.offset, given.sp.size, kSp});
        put(given.fact);
    }
    void put(const Field& field) {
        for (unsigned i = 0; i < field.size; ++i) {
            const unsigned shift = 8 * (example.big_endian ? field.size - 1 - i : i);
            frame[field.offset + i] = static_cast<std::uint8_t>(field.value >> shift);
        }
    }
    SignalFrame read(std::uint64_t pc = kCode, std::uint64_t sp = kStack,
                     CodeKind kind = CodeKind::after_call) const {
        PieceMemory memory;
        memory.put(kCode, code);
        memory.put(kStack, frame);
        Registers registers;
        registers.pc = pc;
        registers.set(machine.stack_pointer, sp);
        return read_signal_frame(machine, example.big_endian, memory, registers, kind);
    }

    const Example& example;
    const MachineFacts& machine;
    ByteVector code = example.code;
    ByteVector frame = ByteVector(kFrameSize);
};

const Example& example(std::string_view name) {
    for (const Example& each : kExamples) {
        if (each.name == name) return each;
    }
    FAIL("no such example");
    return kExamples.front();
}

}  // namespace

TEST_CASE("the registers of what a signal interrupted lie where each machine's kernel puts them") {
    for (const Example& each : kExamples) {
        CAPTURE(each.name);
        const Handler handler(each);
        const auto read = handler.read();
        REQUIRE(read.interrupted);
        CHECK(read.interrupted->pc == kPc);
        CHECK(read.interrupted->by_number(handler.machine.stack_pointer) == kSp);
        if (handler.machine.pc_register) {
            CHECK(read.interrupted->by_number(*handler.machine.pc_register) == kPc);
        }
        if (handler.machine.return_register) {
            CHECK(read.interrupted->by_number(*handler.machine.return_register));
        }
    }
}

TEST_CASE("other code returns from no signal") {
    for (const Example& each : kExamples) {
        CAPTURE(each.name);
        for (std::size_t i = 0; i < each.code.size(); ++i) {
            Handler handler(each);
            handler.code[i] ^= 0x10;
            CHECK_FALSE(handler.read().interrupted);
        }
        Handler handler(each);
        handler.code.pop_back();
        CHECK_FALSE(handler.read().interrupted);
    }
}

TEST_CASE("a stack that holds no frame of the kernel's is not taken for one") {
    for (const Example& each : kExamples) {
        CAPTURE(each.name);
        Handler handler(each);
        handler.put({each.fact.offset, each.fact.size, 0x8000});
        const auto read = handler.read();
        CHECK_FALSE(read.interrupted);
        CHECK_FALSE(read.unread);
    }
}

TEST_CASE("a frame that is not there says where memory ends") {
    for (const Example& each : kExamples) {
        CAPTURE(each.name);
        Handler handler(each);
        handler.frame.resize(std::max(each.pc.offset, each.sp.offset));
        const auto read = handler.read();
        CHECK_FALSE(read.interrupted);
        REQUIRE(read.unread);
        CHECK(*read.unread >= kStack);
        CHECK(*read.unread < kStack + kFrameSize);
    }
}

TEST_CASE("a thread may have stopped after the first instruction") {
    const Handler x86(example("x86-64"));
    CHECK(x86.read(kCode + 7, kStack, CodeKind::exact).interrupted);
    // No handler returns there.
    CHECK_FALSE(x86.read(kCode + 7).interrupted);
    CHECK_FALSE(x86.read(kCode + 1, kStack, CodeKind::exact).interrupted);
    // What the first instruction has popped.
    const Handler i386(example("i386"));
    CHECK(i386.read(kCode + 1, kStack + 4, CodeKind::exact).interrupted);
    CHECK_FALSE(i386.read(kCode + 1, kStack, CodeKind::exact).interrupted);
    const Handler ppc64(example("ppc64le"));
    CHECK(ppc64.read(kCode + 4, kStack + 128, CodeKind::exact).interrupted);
    CHECK(ppc64.read(kCode + 8, kStack + 128, CodeKind::exact).interrupted);
}

TEST_CASE("o32's frame without siginfo begins with a register that is always 0") {
    const Example o32{
        "mips o32", elf::kMips, 4,         false, {0x17, 0x10, 0x02, 0x24, 0x0c, 0, 0, 0},
        {32, 8},    {272, 8},   {40, 4, 0}};
    Handler handler(o32);
    // Of a 64-bit kernel, with the sign above its 32 bits.
    handler.put({32, 8, 0xffffffff80012344});
    REQUIRE(handler.read().interrupted);
    CHECK(handler.read().interrupted->pc == 0x80012344);
    handler.put({40, 4, 1});
    CHECK_FALSE(handler.read().interrupted);
}

TEST_CASE("all registers of an x86-64 process are restored") {
    Handler handler(example("x86-64"));
    // r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, by their numbers.
    const std::array<std::uint16_t, 15> order{8, 9, 10, 11, 12, 13, 14, 15, 5, 4, 6, 3, 1, 0, 2};
    for (std::size_t i = 0; i < order.size(); ++i) handler.put({40 + 8 * i, 8, 0x100U + order[i]});
    const auto read = handler.read();
    REQUIRE(read.interrupted);
    for (const auto number : order) CHECK(read.interrupted->by_number(number) == 0x100U + number);
}

TEST_CASE("the registers of a SPARC process are in its window and in the frame") {
    Handler handler(example("sparc64"));
    handler.put({2047 + 8 * 15, 8, 0x11f});        // %i7
    handler.put({2047 + 320 + 8 * 15, 8, 0x10f});  // %o7
    const auto read = handler.read();
    REQUIRE(read.interrupted);
    CHECK(read.interrupted->by_number(31) == 0x11f);
    CHECK(read.interrupted->by_number(15) == 0x10f);
}

TEST_CASE("the interrupted address is one of code") {
    Handler handler(example("arm, rt"));
    handler.put({220, 4, kPc | 1});
    CHECK(handler.read().interrupted->pc == kPc);
}
