#include "vmcore/unwind/kernel_unwinder.h"

#include <doctest/doctest.h>

#include <random>

#include "vmcore/dump_image.h"
#include "vmcore/stack_pcs.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

constexpr std::uint64_t kCode = 0xffffffff81000000;
constexpr std::uint64_t kIps = 0xffffffff83000000;
constexpr std::uint64_t kEntries = 0xffffffff83100000;
constexpr std::uint64_t kStack = 0xffffc90000001000;
/// Linux 6.1, with the bit for `signal` where 6.3 has it.
constexpr OrcFormat kFormat{.type_bits = 2, .signal_bit = 10, .end_bit = 11};

constexpr unsigned kRegs = 1 << 8, kPartial = 2 << 8, kSignal = 1 << 10, kEnd = 1 << 11;
constexpr unsigned kSp = 5, kBp = 4, kSpIndirect = 9, kR10 = 6, kBpSaved = 1 << 4;

/// Each function is 0x100 long and has one entry.
struct Machine {
    FakeMemory memory;
    OrcTable table{.code_begin = kCode, .code_end = kCode, .ips = kIps, .entries = kEntries};

    std::uint64_t function(int sp_offset, int bp_offset, unsigned flags) {
        const std::uint64_t start = table.code_end;
        const std::uint64_t at = kIps + table.count * 4;
        memory.word(at, start - at, 4);
        const std::uint64_t entry = kEntries + table.count * 6;
        memory.word(entry, static_cast<std::uint16_t>(sp_offset), 2);
        memory.word(entry + 2, static_cast<std::uint16_t>(bp_offset), 2);
        memory.word(entry + 4, flags, 2);
        ++table.count;
        table.code_end += 0x100;
        return start;
    }
    StackTrace unwind(std::uint64_t ip, std::uint64_t sp, std::uint64_t bp = 0) {
        KernelRegisters registers;
        registers.ip = ip;
        registers.sp = sp;
        registers.bp = bp;
        return KernelUnwinder(memory, {table}, kFormat).unwind(registers);
    }
};

}  // namespace

TEST_CASE("ORC: the bits of an entry in three kernels") {
    const auto decode = [](const OrcFormat& format, std::uint16_t flags) {
        const auto bytes = ByteWriter().u16(8).u16(0xfff0).u16(flags).data();
        return format.decode(std::span<const std::uint8_t, 6>(bytes.data(), 6));
    };
    const auto old = OrcFormat::of_release("5.10.0-1-amd64");
    CHECK(decode(old, 0x0015).type == OrcEntry::Type::call);
    CHECK(decode(old, 0x0015).sp_offset == 8);
    CHECK(decode(old, 0x0015).bp_offset == -16);
    CHECK(decode(old, 0x0015).sp_reg == OrcEntry::Register::sp);
    CHECK(decode(old, 0x0015).bp_reg == OrcEntry::Register::prev_sp);
    CHECK(decode(old, 0x0105).type == OrcEntry::Type::regs);
    CHECK(decode(old, 0x0105).signal);
    CHECK(decode(old, 0x0205).type == OrcEntry::Type::regs_partial);
    CHECK(decode(old, 0x0405).type == OrcEntry::Type::end_of_stack);
    const auto fresh = OrcFormat::of_release("6.12.9");
    CHECK(decode(fresh, 0x0005).type == OrcEntry::Type::undefined);
    CHECK(decode(fresh, 0x0105).type == OrcEntry::Type::end_of_stack);
    CHECK(decode(fresh, 0x0205).type == OrcEntry::Type::call);
    CHECK_FALSE(decode(fresh, 0x0205).signal);
    CHECK(decode(fresh, 0x0a05).signal);
    CHECK(decode(fresh, 0x0305).type == OrcEntry::Type::regs);
    CHECK(decode(fresh, 0x0405).type == OrcEntry::Type::regs_partial);
    CHECK(OrcFormat::of_release("6.3.1").signal_bit == 10);
    CHECK_FALSE(OrcFormat::of_release("6.2").signal_bit.has_value());
    CHECK(OrcFormat::of_release("").type_bits == 2);
}

TEST_CASE("ORC: calls, a saved frame pointer, and the end of the stack") {
    Machine machine;
    const auto leaf = machine.function(16, -16, kSp | kBpSaved);
    const auto middle = machine.function(32, -16, kBp | kBpSaved);
    const auto outermost = machine.function(0, 0, kSp | kEnd);
    machine.memory.word(kStack, kStack + 0x40);  // the leaf's saved frame pointer
    machine.memory.word(kStack + 8, middle + 0x10);
    machine.memory.word(kStack + 0x40 + 16, 0x77);  // the middle's
    machine.memory.word(kStack + 0x40 + 24, outermost + 0x20);
    const auto stack = machine.unwind(leaf + 4, kStack);
    CHECK(pcs(stack) == Pcs{leaf + 4, middle + 0x10, outermost + 0x20});
    CHECK(stack.stopped.empty());
    CHECK(stack.frames[0].pc.kind == CodeKind::exact);
    CHECK(stack.frames[1].pc.kind == CodeKind::after_call);
    CHECK(stack.frames[0].unwound_by == UnwoundBy::registers);
    CHECK(stack.frames[1].unwound_by == UnwoundBy::orc);
}

TEST_CASE("ORC: through an exception and another stack to user space") {
    Machine machine;
    const auto handler = machine.function(8, 0, kSpIndirect);  // on a stack of its own
    const auto entry = machine.function(0, 0, kSp | kRegs | kSignal);
    const auto faulting = machine.function(8, 0, kSp);
    const auto system_call = machine.function(0, 0, kSp | kRegs | kSignal);
    const std::uint64_t other = 0xffffc90000800000;
    machine.memory.word(other, kStack);
    machine.memory.word(kStack, entry + 5);
    const auto saved = [&](std::uint64_t at, std::uint64_t ip, std::uint64_t cs, std::uint64_t sp) {
        machine.memory.set(at, ByteVector(KernelRegisters::kPtRegsSize));
        machine.memory.word(at + 128, ip);
        machine.memory.word(at + 136, cs);
        machine.memory.word(at + 152, sp);
    };
    saved(kStack + 8, faulting, 0x10, kStack + 0x200);  // at its very first instruction
    machine.memory.word(kStack + 0x200, system_call + 9);
    saved(kStack + 0x208, 0x47b7a0, 0x33, 0x7ffd0000);
    const auto stack = machine.unwind(handler + 4, other);
    CHECK(pcs(stack) == Pcs{handler + 4, entry + 5, faulting, system_call + 9, 0x47b7a0});
    CHECK(stack.frames[2].pc.kind == CodeKind::exact);
    CHECK(stack.frames[3].pc.kind == CodeKind::after_call);
    CHECK(stack.frames[4].user);
    CHECK(stack.stopped.empty());
}

TEST_CASE("ORC: an interrupt frame alone, and a register that it does not have") {
    Machine machine;
    const auto entry = machine.function(0, 0, kSp | kPartial | kSignal);
    const auto realigned = machine.function(0, 0, kR10);
    machine.memory.set(kStack, ByteVector(40));
    machine.memory.word(kStack, realigned + 1);
    machine.memory.word(kStack + 8, 0x10);
    machine.memory.word(kStack + 24, kStack + 0x100);
    const auto known = machine.unwind(entry + 1, kStack);
    CHECK(pcs(known) == Pcs{entry + 1, realigned + 1});
    CHECK(known.stopped == "the stack is not in the dump");
}

TEST_CASE("ORC: a jump to 0 is a call whose return address is on top of the stack") {
    Machine machine;
    const auto caller = machine.function(0, 0, kSp | kEnd);
    machine.memory.word(kStack, caller + 7);
    const auto stack = machine.unwind(0, kStack);
    CHECK(pcs(stack) == Pcs{0, caller + 7});
    CHECK(stack.frames[1].unwound_by == UnwoundBy::return_address);
}

TEST_CASE("ORC: code without a table is left by its frame pointer, to code only") {
    Machine machine;
    const auto caller = machine.function(0, 0, kSp | kEnd);
    machine.memory.word(kStack + 0x20, 0);
    machine.memory.word(kStack + 0x28, caller + 7);
    machine.memory.word(kStack, 0x1234);
    const auto stack = machine.unwind(0xffffffffa0000000, kStack, kStack + 0x20);
    CHECK(pcs(stack) == Pcs{0xffffffffa0000000, caller + 7});
    CHECK(stack.frames[1].unwound_by == UnwoundBy::frame_pointer);
    machine.memory.word(kStack + 0x28, 0x4141414141414141);
    const auto wild = machine.unwind(0xffffffffa0000000, kStack, kStack + 0x20);
    CHECK(wild.frames.size() == 1);
    CHECK(wild.stopped == "the return address is not in the kernel's code");
}

TEST_CASE("ORC: a stack that leads in a circle, one without end, one that is not there") {
    Machine machine;
    const auto circle = machine.function(8, 0, kBp);
    machine.memory.word(kStack, circle + 1);
    CHECK(machine.unwind(circle + 1, 0, kStack - 8 + 8 - 8).stopped ==
          "the stack is not in the dump");
    CHECK(machine.unwind(circle + 1, 0, kStack).stopped == "the stack leads in a circle");

    const auto recursion = machine.function(8, 0, kSp);
    ByteWriter deep;
    for (int i = 0; i < 20000; ++i) deep.u64(recursion + 1);
    machine.memory.set(kStack, deep.data());
    const auto stack = machine.unwind(recursion + 1, kStack);
    CHECK(stack.frames.size() == kMaxKernelFrames);
    CHECK(stack.stopped == "more than 16384 frames");
}

TEST_CASE("ORC: a task that was switched from") {
    Machine machine;
    const auto schedule = machine.function(16, -16, kSp | kBpSaved);
    const auto end = machine.function(0, 0, kSp | kEnd);
    machine.memory.set(kStack, ByteVector(40));
    machine.memory.word(kStack + 40, 0x1111);
    machine.memory.word(kStack + 48, schedule + 9);
    machine.memory.word(kStack + 56, 0x2222);
    machine.memory.word(kStack + 64, end + 3);
    const KernelUnwinder unwinder(machine.memory, {machine.table}, kFormat);
    const auto stack = unwinder.unwind_switched_from({.stack_pointer = kStack});
    CHECK(pcs(stack) == Pcs{schedule + 9, end + 3});
    CHECK(stack.frames[0].pc.kind == CodeKind::after_call);
    CHECK(unwinder.unwind_switched_from({.stack_pointer = 0x5000}).stopped ==
          "the stack is not in the dump");
}

TEST_CASE("ORC: damaged tables and stacks end") {
    std::mt19937 random(5);
    for (int round = 0; round < 500; ++round) {
        Machine machine;
        for (int i = 0; i < 8; ++i) {
            machine.function(static_cast<int>(random() % 64) - 16,
                             static_cast<int>(random() % 64) - 32, random() & 0xfff);
        }
        ByteWriter words;
        for (int i = 0; i < 256; ++i) {
            words.u64(random() % 2 ? kCode + random() % 0x800 : kStack + random() % 2048);
        }
        machine.memory.set(kStack, words.data());
        const auto stack = machine.unwind(kCode + random() % 0x800, kStack + 8 * (random() % 128),
                                          kStack + 8 * (random() % 128));
        CHECK(stack.frames.size() <= kMaxKernelFrames);
    }
}
