#include "vmcore/unwind/arm64_unwinder.h"

#include <doctest/doctest.h>

#include <random>

#include "vmcore/dump_image.h"
#include "vmcore/stack_pcs.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

constexpr std::uint64_t kCode = 0xffff800008010000;
constexpr std::uint64_t kEntries = kCode + 0x8000;
constexpr std::uint64_t kEnd = kCode + 0x10000;
constexpr std::uint64_t kStack = 0xffff80000a000000;
constexpr std::uint64_t kRecordInPtRegs = 304;

/// Each function is 0x100 long.
struct Machine {
    FakeMemory memory;
    Arm64Unwinder::Kernel kernel{
        .code = KernelCode({{kCode, kEnd}},
                           [](std::uint64_t at) { return std::optional(at & ~0xffULL); }),
        .entries = {kEntries, kEnd},
        .record_in_pt_regs = kRecordInPtRegs,
        .signature_bits = 0xffff000000000000,
    };

    void record(std::uint64_t at, std::uint64_t next, std::uint64_t return_address) {
        memory.word(at, next);
        memory.word(at + 8, return_address);
    }
    /// Of an exception, with its frame record; where that is.
    std::uint64_t pt_regs(std::uint64_t at, const Arm64Registers& registers, bool repeated) {
        for (std::size_t i = 0; i < registers.x.size(); ++i) {
            memory.word(at + 8 * i, registers.x[i]);
        }
        memory.word(at + 31 * 8, registers.sp);
        memory.word(at + 32 * 8, registers.ip);
        memory.word(at + 33 * 8, registers.pstate);
        const std::uint64_t frame_pointer = registers.x[Arm64Registers::kFramePointer];
        record(at + kRecordInPtRegs, repeated ? frame_pointer : 0, repeated ? registers.ip : 0);
        return at + kRecordInPtRegs;
    }
    StackTrace unwind(const Arm64Registers& registers, std::size_t max = kMaxKernelFrames) {
        return Arm64Unwinder(memory, kernel).unwind(registers, max);
    }
};

constexpr std::uint64_t kKernelMode = 5;

Arm64Registers at(std::uint64_t ip, std::uint64_t frame_pointer, std::uint64_t link = 0) {
    Arm64Registers registers;
    registers.ip = ip;
    registers.sp = kStack;
    registers.pstate = kKernelMode;
    registers.x[Arm64Registers::kFramePointer] = frame_pointer;
    registers.x[Arm64Registers::kLink] = link;
    return registers;
}

}  // namespace

TEST_CASE("arm64 stacks: the chain of frame records to its empty end, signed or not") {
    Machine machine;
    machine.record(kStack + 0x10, kStack + 0x30, 0x3cdf800008010104);  // signed
    machine.record(kStack + 0x30, kStack + 0x50, kCode + 0x204);
    machine.record(kStack + 0x50, 0, 0);
    const auto stack = machine.unwind(at(kCode + 8, kStack + 0x10, kCode + 4));
    CHECK(pcs(stack) == Pcs{kCode + 8, kCode + 0x104, kCode + 0x204});
    CHECK(stack.stopped.empty());
    CHECK(stack.frames[0].pc.kind == CodeKind::exact);
    CHECK(stack.frames[0].sp == kStack);
    CHECK(stack.frames[1].pc.kind == CodeKind::after_call);
    CHECK(stack.frames[1].unwound_by == UnwoundBy::frame_pointer);
    CHECK(pcs(machine.unwind(at(kCode + 8, 0))) == Pcs{kCode + 8});
    CHECK(machine.unwind(at(kCode + 8, kStack + 0x10), 0).frames.empty());
    CHECK(machine.unwind(at(kCode + 8, kStack + 0x10), 2).stopped == "more than 2 frames");
}

TEST_CASE("arm64 stacks: the caller of a function without a record is in the link register") {
    Machine machine;
    machine.record(kStack + 0x10, 0, kCode + 0x204);
    const auto leaf = machine.unwind(at(kCode + 8, kStack + 0x10, 0x3cdf800008010104));
    CHECK(pcs(leaf) == Pcs{kCode + 8, kCode + 0x104, kCode + 0x204});
    CHECK(leaf.frames[1].unwound_by == UnwoundBy::return_address);
    // It has made its record and called nothing yet; it has called; what is there is no code.
    for (const std::uint64_t link : {kCode + 0x204, kCode + 0x10, std::uint64_t{0x1234}}) {
        CHECK(pcs(machine.unwind(at(kCode + 8, kStack + 0x10, link))) ==
              Pcs{kCode + 8, kCode + 0x204});
    }
}

TEST_CASE("arm64 stacks: through an exception in the kernel, up to user space") {
    for (const bool repeated : {true, false}) {
        Machine machine;
        Arm64Registers user;
        user.ip = 0x41e5c0;
        user.sp = 0x7ffff000;
        user.x[Arm64Registers::kFramePointer] = 0x7ffff010;
        const auto outer = machine.pt_regs(kStack + 0x800, user, false);
        machine.record(kStack + 0x500, outer, kEntries + 0x104);  // called by the system call
        const auto inner =
            machine.pt_regs(kStack + 0x200, at(kCode + 0x310, kStack + 0x500), repeated);
        machine.record(kStack + 0x100, inner, kEntries + 4);
        const auto stack = machine.unwind(at(kCode + 8, kStack + 0x100, kCode + 4));
        CHECK(pcs(stack) == Pcs{kCode + 8, kEntries + 4, kCode + 0x310, kEntries + 0x104, user.ip});
        REQUIRE(stack.frames.size() == 5);
        CHECK(stack.frames[1].pc.kind == CodeKind::after_call);
        CHECK(stack.frames[2].pc.kind == CodeKind::exact);
        CHECK(stack.frames[2].sp == kStack);
        CHECK(stack.frames[4].user);
        CHECK(machine.unwind(at(kCode + 8, kStack + 0x100, kCode + 4), 4).stopped ==
              "more than 4 frames");
        CHECK(stack.frames[4].pc.kind == CodeKind::exact);
        CHECK(stack.stopped.empty());
    }
}

TEST_CASE("arm64 stacks: the empty pt_regs of the kernel's own threads is no user space") {
    Machine machine;
    Arm64Registers nothing;
    nothing.pstate = kKernelMode;
    machine.record(kStack + 0x10, machine.pt_regs(kStack + 0x100, nothing, false), kCode + 0x104);
    const auto stack = machine.unwind(at(kCode + 8, kStack + 0x10));
    CHECK(pcs(stack) == Pcs{kCode + 8, kCode + 0x104});
    CHECK(stack.stopped.empty());
}

TEST_CASE("arm64 stacks: a task that was switched from") {
    Machine machine;
    machine.record(kStack + 0x10, 0, kCode + 0x204);
    const Arm64Unwinder unwinder(machine.memory, machine.kernel);
    const auto stack = unwinder.unwind_switched_from({.stack_pointer = kStack,
                                                      .frame_pointer = kStack + 0x10,
                                                      .program_counter = kCode + 0x104});
    CHECK(pcs(stack) == Pcs{kCode + 0x104, kCode + 0x204});
    CHECK(stack.frames[0].pc.kind == CodeKind::after_call);
    CHECK(stack.frames[0].sp == kStack);
    CHECK(unwinder.unwind_switched_from({.stack_pointer = kStack}).stopped ==
          "where its stack is cannot be read");
}

TEST_CASE("arm64 stacks: damaged ones end, and why is said") {
    Machine machine;
    machine.record(kStack + 0x10, kStack + 0x10, kCode + 0x104);
    machine.record(kStack + 0x40, 0, 0x1234);
    CHECK(machine.unwind(at(kCode, kStack + 0x10)).stopped == "the stack leads in a circle");
    CHECK(machine.unwind(at(kCode, kStack + 0x40)).stopped ==
          "the return address is not in the kernel's code");
    CHECK(machine.unwind(at(kCode, 0x5000)).stopped == "the stack is not in the dump");
    std::mt19937 random(7);
    for (int round = 0; round < 500; ++round) {
        Machine wild;
        for (unsigned i = 0; i < 256; ++i) {
            const std::uint64_t code = kCode + random() % 0x10000;
            wild.memory.word(kStack + 8 * i, random() % 2 ? code : kStack + random() % 2048);
        }
        const auto stack = wild.unwind(
            at(kCode + random() % 0x10000, kStack + random() % 2048, kCode + random() % 0x10000));
        CHECK(stack.frames.size() <= 2049);
    }
}
