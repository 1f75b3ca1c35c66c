#include "vmcore/unwind/riscv_unwinder.h"

#include <doctest/doctest.h>

#include <random>

#include "vmcore/dump_image.h"
#include "vmcore/stack_pcs.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

constexpr std::uint64_t kCode = 0xffffffff80002000;
constexpr std::uint64_t kEntry = kCode + 0x8000;
constexpr std::uint64_t kEnd = kCode + 0x10000;
constexpr std::uint64_t kStack = 0xffffffc600000000;

RiscvRegisters at(std::uint64_t ip, std::uint64_t frame_pointer, std::uint64_t link = 0) {
    RiscvRegisters registers;
    registers.ip = registers.x[0] = ip;
    registers.sp = registers.x[2] = kStack;
    registers.x[RiscvRegisters::kFramePointer] = frame_pointer;
    registers.x[RiscvRegisters::kLink] = link;
    return registers;
}

/// Each function is 0x100 long.
struct Machine {
    FakeMemory memory;
    RiscvUnwinder::Kernel kernel{
        .code = KernelCode({{kCode, kEnd}},
                           [](std::uint64_t at) { return std::optional(at & ~0xffULL); }),
        .entry = {kEntry, kEnd}};

    /// What the frame pointer leads to; where that points.
    std::uint64_t record(std::uint64_t place, std::uint64_t next, std::uint64_t return_address) {
        memory.word(place, next);
        memory.word(place + 8, return_address);
        return place + 16;
    }
    void pt_regs(std::uint64_t place, const RiscvRegisters& registers) {
        for (std::size_t i = 0; i < registers.x.size(); ++i) {
            memory.word(place + 8 * i, registers.x[i]);
        }
    }
    StackTrace unwind(const RiscvRegisters& registers, std::size_t max = kMaxKernelFrames) {
        return RiscvUnwinder(memory, kernel).unwind(registers, max);
    }
};

}  // namespace

TEST_CASE("riscv64 stacks: the chain of frame pointers to its empty end") {
    Machine machine;
    const auto outer = machine.record(kStack + 0x50, 0, 0);
    const auto middle = machine.record(kStack + 0x30, outer, kCode + 0x204);
    const auto inner = machine.record(kStack + 0x10, middle, kCode + 0x104);
    const auto stack = machine.unwind(at(kCode + 8, inner, kCode + 4));
    CHECK(pcs(stack) == Pcs{kCode + 8, kCode + 0x104, kCode + 0x204});
    CHECK(stack.stopped.empty());
    REQUIRE(stack.frames.size() == 3);
    CHECK(stack.frames[0].pc.kind == CodeKind::exact);
    CHECK(stack.frames[1].pc.kind == CodeKind::after_call);
    CHECK(stack.frames[1].sp == inner);
    CHECK(stack.frames[1].unwound_by == UnwoundBy::frame_pointer);
    CHECK(machine.unwind(at(kCode + 8, inner), 0).frames.empty());
    CHECK(machine.unwind(at(kCode + 8, inner), 2).stopped == "more than 2 frames");
}

TEST_CASE("riscv64 stacks: functions that have not saved where they return to") {
    Machine machine;
    const auto caller = machine.record(kStack + 0x30, 0, kCode + 0x204);
    const Pcs all{kCode + 8, kCode + 0x104, kCode + 0x204};
    // Without a frame; with a frame that holds the frame pointer alone.
    const auto begun = machine.unwind(at(kCode + 8, caller, kCode + 0x104));
    CHECK(pcs(begun) == all);
    CHECK(begun.frames[1].unwound_by == UnwoundBy::return_address);
    const auto leaf = machine.record(kStack + 0x10, 0x1234, caller);
    CHECK(pcs(machine.unwind(at(kCode + 8, leaf, kCode + 0x104))) == all);
    // It has saved it and called nothing yet; it has called; what is there is no code.
    for (const std::uint64_t link : {kCode + 0x204, kCode + 0x10, std::uint64_t{0x1234}}) {
        CHECK(pcs(machine.unwind(at(kCode + 8, caller, link))) == Pcs{kCode + 8, kCode + 0x204});
    }
}

TEST_CASE("riscv64 stacks: through an exception in the kernel, up to user space") {
    Machine machine;
    machine.pt_regs(kStack + 0x800, at(0xb5926, 0x3fff0000));
    const auto call = machine.record(kStack + 0x7f0, 0x3fff0000, kEntry + 0x104);
    machine.pt_regs(kStack + 0x300, at(kCode + 0x310, call));
    const auto handler = machine.record(kStack + 0x2f0, call, kEntry + 4);
    const auto stack = machine.unwind(at(kCode + 8, handler, kCode + 4));
    CHECK(pcs(stack) == Pcs{kCode + 8, kEntry + 4, kCode + 0x310, kEntry + 0x104, 0xb5926});
    REQUIRE(stack.frames.size() == 5);
    CHECK(stack.frames[1].pc.kind == CodeKind::after_call);
    CHECK(stack.frames[2].pc.kind == CodeKind::exact);
    CHECK(stack.frames[4].user);
    CHECK(stack.stopped.empty());
}

TEST_CASE("riscv64 stacks: a task that was switched from") {
    Machine machine;
    const auto frame = machine.record(kStack + 0x10, 0, kCode + 0x204);
    const RiscvUnwinder unwinder(machine.memory, machine.kernel);
    const auto stack = unwinder.unwind_switched_from(
        {.stack_pointer = kStack, .frame_pointer = frame, .program_counter = kCode + 0x104});
    CHECK(pcs(stack) == Pcs{kCode + 0x104, kCode + 0x204});
    CHECK(stack.frames[0].pc.kind == CodeKind::after_call);
    CHECK(unwinder.unwind_switched_from({.stack_pointer = kStack}).stopped ==
          "where its stack is cannot be read");
}

TEST_CASE("riscv64 stacks: damaged ones end, and why is said") {
    Machine machine;
    machine.record(kStack + 0x10, kStack + 0x20, kCode + 0x104);
    const auto wild = machine.record(kStack + 0x40, 0, 0x1234);
    const auto lost = machine.record(kStack + 0x60, 0, kEntry);
    CHECK(machine.unwind(at(kCode, kStack + 0x20)).stopped == "the stack leads in a circle");
    CHECK(machine.unwind(at(kCode, wild)).stopped ==
          "the return address is not in the kernel's code");
    CHECK(machine.unwind(at(kCode, lost)).stopped == "the stack is not in the dump");
    CHECK(machine.unwind(at(kCode, 0x5000)).stopped == "the stack is not in the dump");
    machine.pt_regs(lost, at(0xffffffff00000000, 0));
    CHECK(machine.unwind(at(kCode, lost)).stopped ==
          "what an exception interrupted is not in the kernel's code");
    std::mt19937 random(7);
    for (int round = 0; round < 500; ++round) {
        Machine any;
        for (unsigned i = 0; i < 256; ++i) {
            const std::uint64_t code = kCode + random() % 0x10000;
            any.memory.word(kStack + 8 * i, random() % 2 ? code : kStack + random() % 2048);
        }
        const auto stack = any.unwind(
            at(kCode + random() % 0x10000, kStack + random() % 2048, kCode + random() % 0x10000));
        CHECK(stack.frames.size() <= 6200);
    }
}
