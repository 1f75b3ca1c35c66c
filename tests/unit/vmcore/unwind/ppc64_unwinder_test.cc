#include "vmcore/unwind/ppc64_unwinder.h"

#include <doctest/doctest.h>

#include <random>

#include "vmcore/dump_image.h"
#include "vmcore/stack_pcs.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

constexpr std::uint64_t kCode = 0xc000000000010000;
constexpr std::uint64_t kEnd = kCode + 0x10000;
constexpr std::uint64_t kStack = 0xc000000005000000;
constexpr std::uint64_t kKernelMode = 0x8000000000009033, kUserMode = 0x800000000280f033;
constexpr std::uint64_t kRealMode = 0x8000000000001003;
constexpr std::uint64_t kMark = 0x53474552;

Ppc64Registers at(std::uint64_t ip, std::uint64_t sp, std::uint64_t link = 0,
                  std::uint64_t msr = kKernelMode) {
    Ppc64Registers registers;
    registers.ip = ip;
    registers.sp = registers.gpr[1] = sp;
    registers.link = link;
    registers.msr = msr;
    return registers;
}

/// Each function is 0x100 long.
struct Machine {
    FakeMemory memory;
    Ppc64Unwinder::Kernel kernel{
        .code = KernelCode({{kCode, kEnd}},
                           [](std::uint64_t at) { return std::optional(at & ~0xffULL); }),
        .frame = Ppc64Unwinder::kFrame,
        .call_frame = {}};

    /// A frame at a place: the caller's, and where what its function called returns to.
    std::uint64_t frame(std::uint64_t place, std::uint64_t back, std::uint64_t callee_returns = 0) {
        memory.word(place, back);
        memory.word(place + 16, callee_returns);
        return place;
    }
    void pt_regs(std::uint64_t place, const Ppc64Registers& registers) {
        for (std::size_t i = 0; i < 44; ++i) memory.word(place + 8 * i, 0);
        memory.word(place + 8, registers.sp);
        memory.word(place + 256, registers.ip);
        memory.word(place + 264, registers.msr);
        memory.word(place + 288, registers.link);
    }
    StackTrace unwind(const Ppc64Registers& registers, std::size_t max = kMaxKernelFrames) {
        return Ppc64Unwinder(memory, kernel).unwind(registers, max);
    }
    StackTrace switched_from(std::uint64_t sp) {
        return Ppc64Unwinder(memory, kernel).unwind_switched_from({.stack_pointer = sp});
    }
};

}  // namespace

TEST_CASE("ppc64 stacks: the chain of frames to the outermost") {
    Machine machine;
    const auto outer = machine.frame(kStack + 0x200, 0, kCode + 0x204);
    const auto middle = machine.frame(kStack + 0x100, outer, kCode + 0x104);
    const auto inner = machine.frame(kStack, middle, 0x1234);
    // Its link register leads to after its own last call.
    const auto stack = machine.unwind(at(kCode + 8, inner, kCode + 4));
    CHECK(pcs(stack) == Pcs{kCode + 8, kCode + 0x104, kCode + 0x204});
    CHECK(stack.stopped.empty());
    REQUIRE(stack.frames.size() == 3);
    CHECK(stack.frames[0].pc.kind == CodeKind::exact);
    CHECK(stack.frames[0].sp == inner);
    CHECK(stack.frames[1].pc.kind == CodeKind::after_call);
    CHECK(stack.frames[1].sp == middle);
    CHECK(stack.frames[1].unwound_by == UnwoundBy::frame_pointer);
    CHECK(machine.unwind(at(kCode + 8, inner), 0).frames.empty());
    CHECK(machine.unwind(at(kCode + 8, inner), 2).stopped == "more than 2 frames");
}

TEST_CASE("ppc64 stacks: functions that have not saved where they return to") {
    Machine machine;
    const auto outer = machine.frame(kStack + 0x300, 0, kCode + 0x304);
    const auto caller = machine.frame(kStack + 0x200, outer, kCode + 0x244);
    const Pcs all{kCode + 8, kCode + 0x204, kCode + 0x304};
    // Without a frame: the one that is there is the caller's, which is 0x200's.
    const auto begun = machine.unwind(at(kCode + 8, caller, kCode + 0x204));
    CHECK(pcs(begun) == all);
    CHECK(begun.frames[1].unwound_by == UnwoundBy::return_address);
    CHECK(begun.frames[1].sp == caller);
    // With a frame of its own, but nothing saved: 0x244 is left of what was called before.
    const auto own = machine.frame(kStack + 0x100, caller, 0x1234);
    const auto leaf = machine.unwind(at(kCode + 8, own, kCode + 0x204));
    CHECK(pcs(leaf) == all);
    CHECK(leaf.frames[1].sp == caller);
    // It has saved it and called nothing yet.
    machine.frame(caller, outer, kCode + 0x204);
    CHECK(pcs(machine.unwind(at(kCode + 8, own, kCode + 0x204))) == all);
    // What is there is no code.
    CHECK(pcs(machine.unwind(at(kCode + 8, own, 0x1234))) == all);
}

TEST_CASE("ppc64 stacks: where debug information tells the frame of the first place") {
    Machine machine;
    const auto outer = machine.frame(kStack + 0x300, 0, kCode + 0x304);
    const auto caller = machine.frame(kStack + 0x200, outer, kCode + 0x204);
    const auto own = machine.frame(kStack + 0x100, caller, 0x1234);
    dwarf::CallFrame known{.cfa_register = 1};
    machine.kernel.call_frame = [&](std::uint64_t) { return std::optional(known); };
    const Pcs all{kCode + 8, kCode + 0x204, kCode + 0x304};
    // Its frame is gone, the link register still leads into it: only that can tell.
    known.return_offset = 16;
    const auto leaving = machine.unwind(at(kCode + 8, caller, kCode + 4));
    CHECK(pcs(leaving) == all);
    CHECK(leaving.frames[1].unwound_by == UnwoundBy::cfi);
    CHECK(leaving.frames[1].sp == caller);
    known.cfa_offset = 0x100;
    CHECK(pcs(machine.unwind(at(kCode + 8, own, kCode + 4))) == all);
    known = {.cfa_register = 1, .return_register = 65};
    CHECK(pcs(machine.unwind(at(kCode + 8, caller, kCode + 0x204))) == all);
    auto registers = at(kCode + 8, caller, kCode + 4);
    registers.gpr[0] = kCode + 0x204;
    known.return_register = 0;
    CHECK(pcs(machine.unwind(registers)) == all);
    // Of no use: another register, no code.
    known.return_register = 66;
    CHECK(pcs(machine.unwind(at(kCode + 8, caller, kCode + 0x204))) == all);
    known = {.cfa_register = 33, .return_register = 65};
    CHECK(pcs(machine.unwind(at(kCode + 8, caller, kCode + 0x204))) == all);
}

TEST_CASE("ppc64 stacks: a function that has left its frame, of which only the code tells") {
    Machine machine;
    const auto outer = machine.frame(kStack + 0x300, 0, kCode + 0x304);
    const auto caller = machine.frame(kStack + 0x200, outer, kCode + 0x204);
    const std::uint32_t kLast[] = {0xe8010010, 0x7c0803a6, 0x4e800020};  // ld r0,16(r1); mtlr; blr
    for (std::size_t i = 0; i < 3; ++i) machine.memory.word(kCode + 8 + 4 * i, kLast[i], 4);
    const auto leaving = machine.unwind(at(kCode + 8, caller, kCode + 4));
    CHECK(pcs(leaving) == Pcs{kCode + 8, kCode + 0x204, kCode + 0x304});
    CHECK(leaving.frames[1].unwound_by == UnwoundBy::return_address);
    CHECK(leaving.frames[1].sp == caller);
}

TEST_CASE("ppc64 stacks: through an exception in the kernel, up to user space") {
    // Frames of exceptions to Linux 5.x, to 6.1, since 6.2.
    const std::pair<std::uint64_t, std::uint64_t> kForms[] = {
        {96, 0x7265677368657265}, {96, kMark}, {32, kMark}};
    for (const auto& [mark, word] : kForms) {
        Machine machine;
        const auto entry = machine.frame(kStack + 0x800, 0x7fffc64fe300, kCode + 0x504);
        machine.memory.word(entry + mark, word);
        machine.pt_regs(entry + mark + 16, at(0x100bd1f8, 0x7fffc64fe300, 0, kUserMode));
        const auto caller = machine.frame(kStack + 0x600, entry, kCode + 0x304);
        // On a stack of its own.
        const auto exception = machine.frame(kStack - 0x4000, caller, kCode + 0x404);
        machine.memory.word(exception + mark, word);
        machine.pt_regs(exception + mark + 16, at(kCode + 0x210, caller, kCode + 0x304));
        const auto handler = machine.frame(kStack - 0x4100, exception);
        const auto stack = machine.unwind(at(kCode + 8, handler, kCode + 4));
        CHECK(pcs(stack) == Pcs{kCode + 8, kCode + 0x404, kCode + 0x210, kCode + 0x304,
                                kCode + 0x504, 0x100bd1f8});
        REQUIRE(stack.frames.size() == 6);
        CHECK(stack.frames[2].pc.kind == CodeKind::exact);
        CHECK(stack.frames[3].unwound_by == UnwoundBy::return_address);
        CHECK(stack.frames[5].user);
        CHECK(stack.stopped.empty());
    }
}

TEST_CASE("ppc64 stacks: a mark of the next frame, where frames of before Linux 6.2 have theirs") {
    constexpr std::uint64_t kUser = 0x7fffc64fe300;
    Machine machine;
    const auto entry = machine.frame(kStack + 0x40, kUser, kCode + 0x504);
    const auto small = machine.frame(kStack, entry, kCode + 0x404);
    machine.memory.word(small + 96, kMark);
    machine.pt_regs(small + 112, at(0x100bd1f8, kUser, 0, kUserMode));
    CHECK(pcs(machine.unwind(at(kCode + 8, small, kCode + 4))) ==
          Pcs{kCode + 8, kCode + 0x504, 0x100bd1f8});
    // User space's stack pointer need not be repeated.
    machine.memory.word(entry, 0);
    CHECK(pcs(machine.unwind(at(kCode + 8, small, kCode + 4))) ==
          Pcs{kCode + 8, kCode + 0x504, 0x100bd1f8});
}

TEST_CASE("ppc64 stacks: an old mark in a new frame is none") {
    Machine machine;
    const auto outer = machine.frame(kStack + 0x800, 0, kCode + 0x304);
    const auto inner = machine.frame(kStack, outer);
    machine.memory.word(inner + 96, kMark);
    machine.pt_regs(inner + 112, at(kCode + 0x210, kStack + 0x900));
    CHECK(pcs(machine.unwind(at(kCode + 8, inner, kCode + 4))) == Pcs{kCode + 8, kCode + 0x304});
}

TEST_CASE("ppc64 stacks: of a CPU in firmware, and where exceptions enter") {
    Machine machine;
    const auto outer = machine.frame(kStack + 0x100, 0, kCode + 0x304);
    const auto inner = machine.frame(kStack, outer);
    const auto firmware = machine.unwind(at(0x1fff0010, inner, 0x10204, 0x1002));
    CHECK(pcs(firmware) == Pcs{0x1fff0010, kCode + 0x204, kCode + 0x304});
    CHECK_FALSE(firmware.frames[0].user);
    CHECK(pcs(machine.unwind(at(0x10008, inner, 0x10204, kRealMode))) ==
          Pcs{kCode + 8, kCode + 0x204, kCode + 0x304});
}

TEST_CASE("ppc64 stacks: a task that was switched from") {
    for (const std::uint64_t registers : {112, 48}) {
        Machine machine;
        const auto outer = machine.frame(kStack + 0x300, 0, kCode + 0x304);
        const auto caller = machine.frame(kStack + 0x200, outer, kCode + 0x204);
        const auto frame = machine.frame(kStack, caller, 0x1234);
        machine.memory.word(frame + registers + 256, kCode + 0x204);
        const auto stack = machine.switched_from(frame);
        CHECK(pcs(stack) == Pcs{kCode + 0x204, kCode + 0x304});
        CHECK(stack.frames[0].pc.kind == CodeKind::after_call);
        CHECK(stack.frames[0].unwound_by == UnwoundBy::registers);
        // One that has not run yet begins where its frame says.
        machine.memory.word(frame + registers + 256, kCode + 0x500);
        const auto fresh = machine.switched_from(frame);
        CHECK(pcs(fresh) == Pcs{kCode + 0x500});
        CHECK(fresh.frames[0].pc.kind == CodeKind::exact);
        CHECK(fresh.stopped.empty());
    }
    CHECK(Machine().switched_from(kStack).stopped == "the stack is not in the dump");
}

TEST_CASE("ppc64 stacks: damaged ones end, and why is said") {
    Machine machine;
    machine.frame(kStack, kStack + 0x100, kCode + 0x104);
    machine.frame(kStack + 0x100, kStack, kCode + 0x204);
    machine.frame(kStack + 0x200, kStack + 0x300);
    machine.frame(kStack + 0x300, 0, 0x1234);
    machine.frame(kStack + 0x400, kStack + 0x500);
    CHECK(machine.unwind(at(kCode, kStack, kCode + 4)).stopped == "the stack leads in a circle");
    CHECK(machine.unwind(at(kCode, kStack + 0x200)).stopped ==
          "the return address is not in the kernel's code");
    CHECK(machine.switched_from(kStack + 0x200).stopped ==
          "the return address is not in the kernel's code");
    CHECK(machine.unwind(at(kCode, kStack + 0x400)).stopped == "the stack is not in the dump");
    CHECK(machine.unwind(at(kCode, 0x5000)).stopped == "the stack is not in the dump");
    std::mt19937 random(7);
    for (int round = 0; round < 500; ++round) {
        Machine any;
        for (unsigned i = 0; i < 256; ++i) {
            const std::uint64_t code = kCode + random() % 0x10000;
            const std::uint64_t place = kStack + random() % 256 * 8;
            any.memory.word(kStack + 8 * i, random() % 3 ? place : random() % 2 ? code : kMark);
        }
        const auto stack = any.unwind(at(kCode + random() % 0x10000, kStack + random() % 256 * 8,
                                         kCode + random() % 0x10000));
        CHECK(stack.frames.size() <= 1000);
        any.switched_from(kStack + random() % 256 * 8);
    }
}
