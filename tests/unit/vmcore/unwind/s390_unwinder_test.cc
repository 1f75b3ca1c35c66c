#include "vmcore/unwind/s390_unwinder.h"

#include <doctest/doctest.h>

#include <random>

#include "vmcore/dump_image.h"
#include "vmcore/stack_pcs.h"

using namespace symline;
using namespace symline::vmcore;
using namespace symline::test;

namespace {

constexpr std::uint64_t kCode = 0x100000;
constexpr std::uint64_t kEnd = kCode + 0x10000;
constexpr std::uint64_t kStack = 0x380000000;
constexpr std::uint64_t kStackSize = 0x4000;
constexpr std::uint64_t kUser = 0x0705200180000000, kKernel = 0x0404c00180000000;

S390Registers at(std::uint64_t ip, std::uint64_t sp, std::uint64_t link = 0) {
    S390Registers registers;
    registers.mask = kKernel;
    registers.ip = ip;
    registers.sp = registers.r[S390Registers::kStackPointer] = sp;
    registers.r[S390Registers::kLink] = link;
    return registers;
}

S390Registers in_user_space(std::uint64_t ip) {
    auto registers = at(ip, 0x3fff0000);
    registers.mask = kUser;
    return registers;
}

/// Each function is 0x100 long.
struct Machine {
    FakeMemory memory{true};
    S390Unwinder::Kernel kernel{
        .chain = {.code = KernelCode({{kCode, kEnd}},
                                     [](std::uint64_t at) { return std::optional(at & ~0xffULL); }),
                  .frame = S390Unwinder::kFrame,
                  .call_frame = {}}};

    /// A frame, and where the function that it called last returns to.
    std::uint64_t frame(std::uint64_t place, std::uint64_t back_chain,
                        std::uint64_t return_address) {
        memory.word(place + kernel.chain.frame.back_chain, back_chain);
        memory.word(place + kernel.chain.frame.return_address, return_address);
        return place;
    }
    /// After the outermost frame of an interrupt.
    void pt_regs(std::uint64_t frame, const S390Registers& registers) {
        const std::uint64_t place = frame + kernel.frame_size + kernel.psw_in_pt_regs;
        memory.word(place, registers.mask);
        memory.word(place + 8, registers.ip);
        for (std::size_t i = 0; i < registers.r.size(); ++i) {
            memory.word(place + 16 + 8 * i, registers.r[i]);
        }
    }
    StackTrace unwind(const S390Registers& registers, std::size_t max = kMaxKernelFrames) {
        return S390Unwinder(memory, kernel).unwind(registers, max);
    }
};

}  // namespace

TEST_CASE("s390x stacks: the back chain, to what was in user space") {
    Machine machine;
    const auto outer = machine.frame(kStack + 0x800, 0, kCode + 0x304);
    const auto middle = machine.frame(kStack + 0x400, outer, kCode + 0x204);
    const auto inner = machine.frame(kStack + 0x200, middle, 0);
    machine.pt_regs(outer, in_user_space(0x10045a0));
    const auto stack = machine.unwind(at(kCode + 0x108, inner, kCode + 0x104));
    CHECK(pcs(stack) == Pcs{kCode + 0x108, kCode + 0x204, kCode + 0x304, 0x10045a0});
    CHECK(stack.stopped.empty());
    REQUIRE(stack.frames.size() == 4);
    CHECK(stack.frames[0].pc.kind == CodeKind::exact);
    CHECK(stack.frames[1].pc.kind == CodeKind::after_call);
    CHECK(stack.frames[1].sp == middle);
    CHECK(stack.frames[1].unwound_by == UnwoundBy::frame_pointer);
    CHECK(stack.frames[3].user);
    CHECK(machine.unwind(at(kCode, inner), 0).frames.empty());
    CHECK(machine.unwind(at(kCode, inner), 2).stopped == "more than 2 frames");
    CHECK(pcs(machine.unwind(in_user_space(0x1234))) == Pcs{0x1234});
}

TEST_CASE("s390x stacks: a frame that is laid out in another order") {
    Machine machine;
    machine.kernel.chain.frame.back_chain = 0;
    machine.kernel.chain.frame.return_address = 112;
    machine.kernel.psw_in_pt_regs = 0;
    const auto outer = machine.frame(kStack + 0x800, 0, kCode + 0x304);
    machine.pt_regs(outer, in_user_space(0x5000));
    const auto inner = machine.frame(kStack + 0x200, outer, 0);
    CHECK(pcs(machine.unwind(at(kCode, inner))) == Pcs{kCode, kCode + 0x304, 0x5000});
}

TEST_CASE("s390x stacks: functions that have not saved where they return to") {
    Machine machine;
    const auto outer = machine.frame(kStack + kStackSize - 160, 0, kCode + 0x304);
    const auto caller = machine.frame(kStack + 0x400, outer, kCode + 0x204);
    const Pcs all{kCode + 8, kCode + 0x204, kCode + 0x304};
    // Without a frame; with one, and the caller's frame holds what another call left there.
    const auto begun = machine.unwind(at(kCode + 8, caller, kCode + 0x204));
    CHECK(pcs(begun) == all);
    CHECK(begun.frames[1].unwound_by == UnwoundBy::return_address);
    CHECK(begun.frames[1].sp == caller);
    // Or what the function put there itself: packed frames overlap.
    const auto leaf = machine.frame(kStack + 0x200, caller, 0);
    for (const std::uint64_t left : {kCode + 0x244, kCode + 0x20, std::uint64_t{0x1234}}) {
        machine.frame(caller, outer, left);
        CHECK(pcs(machine.unwind(at(kCode + 8, leaf, kCode + 0x204))) == all);
    }
    // It has saved it and called nothing yet; it has called; what is there is no code.
    machine.frame(caller, outer, kCode + 0x204);
    for (const std::uint64_t link : {kCode + 0x204, kCode + 0x10, std::uint64_t{0x1234}}) {
        CHECK(pcs(machine.unwind(at(kCode + 8, leaf, link))) == all);
    }
}

TEST_CASE("s390x stacks: through an interrupt, from a stack of its own") {
    Machine machine;
    constexpr std::uint64_t kInterrupts = kStack + 4 * kStackSize;
    const auto entry = machine.frame(kStack + 0x400, 0, kCode + 0x504);
    const auto switched = machine.frame(kInterrupts + 0x3f00, entry, kCode + 0x404);
    const auto handler = machine.frame(kInterrupts + 0x3000, switched, 0);
    const auto caller = machine.frame(kStack + 0x800, 0, kCode + 0x104);
    machine.pt_regs(entry, at(kCode + 0x10, caller, kCode + 0x104));
    machine.pt_regs(caller, in_user_space(0x5000));
    const auto stack = machine.unwind(at(kCode + 0x308, handler));
    CHECK(pcs(stack) ==
          Pcs{kCode + 0x308, kCode + 0x404, kCode + 0x504, kCode + 0x10, kCode + 0x104, 0x5000});
    REQUIRE(stack.frames.size() == 6);
    CHECK(stack.frames[2].pc.kind == CodeKind::after_call);
    CHECK(stack.frames[3].pc.kind == CodeKind::exact);
    CHECK(stack.stopped.empty());
}

TEST_CASE("s390x stacks: an interrupt of whose handler nothing has run") {
    Machine machine;
    constexpr std::uint64_t kHandler = kCode + 0x800, kPrefix = 0x8000;
    const auto outer = machine.frame(kStack + kStackSize - 160, 0, kCode + 0x204);
    const auto inner = machine.frame(kStack + 0x200, outer, 0);
    auto registers = at(kHandler, inner, kCode + 0x104);
    const Pcs all{kHandler, kCode + 0x108, kCode + 0x204};
    CHECK(pcs(machine.unwind(registers)) == Pcs{kHandler, kCode + 0x104, kCode + 0x204});
    registers.prefix = kPrefix;
    CHECK(pcs(machine.unwind(registers)) == Pcs{kHandler, kCode + 0x104, kCode + 0x204});
    // One of six kinds of interrupts; the page is elsewhere where memory is.
    for (const std::uint64_t kind : {0x120, 0x130, 0x140, 0x150, 0x160, 0x170}) {
        for (const std::uint64_t base : {std::uint64_t{0}, std::uint64_t{1} << 40}) {
            Machine interrupted = machine;
            interrupted.kernel.identity_base = base;
            interrupted.memory.word(base + kPrefix + kind + 0x88, kHandler);
            interrupted.memory.word(base + kPrefix + kind, kKernel);
            interrupted.memory.word(base + kPrefix + kind + 8, kCode + 0x108);
            const auto stack = interrupted.unwind(registers);
            CHECK(pcs(stack) == all);
            CHECK(stack.frames[1].pc.kind == CodeKind::exact);
            CHECK(interrupted.unwind(registers, 1).frames.size() == 1);
            interrupted.memory.word(base + kPrefix + kind, kUser);
            CHECK(pcs(interrupted.unwind(registers)) == Pcs{kHandler, kCode + 0x108});
            CHECK(interrupted.unwind(registers).frames[1].user);
        }
    }
}

TEST_CASE("s390x stacks: by call frame information, where an interrupted function has its frame") {
    Machine machine;
    const auto outer = machine.frame(kStack + kStackSize - 160, 0, kCode + 0x304);
    const auto caller = machine.frame(kStack + 0x400, outer, kCode + 0x204);
    auto registers = at(kCode + 8, kStack + 0x200, kCode + 0x204);
    registers.r[11] = caller + 160;
    std::optional<dwarf::CallFrame> frame;
    machine.kernel.chain.call_frame = [&](std::uint64_t) { return frame; };
    const Pcs all{kCode + 8, kCode + 0x204, kCode + 0x304};
    // In memory; still in its register.
    frame = {.cfa_register = 11, .return_offset = -24, .return_register = 0};
    CHECK(pcs(machine.unwind(registers)) == all);
    CHECK(machine.unwind(registers).frames[1].unwound_by == UnwoundBy::cfi);
    CHECK(machine.unwind(registers).frames[1].sp == caller);
    machine.frame(caller, outer, 0x1234);
    frame = {.cfa_register = 11, .return_offset = {}, .return_register = 14};
    CHECK(pcs(machine.unwind(registers)) == all);
    // It is not true, or of registers that are not known: the chain is taken.
    machine.frame(caller, outer, kCode + 0x204);
    machine.frame(kStack + 0x200, caller, 0);
    frame->return_register = 13;
    CHECK(pcs(machine.unwind(registers)) == all);
    frame->return_register = 17;
    CHECK(pcs(machine.unwind(registers)) == all);
    frame->cfa_register = 33;
    CHECK(pcs(machine.unwind(registers)) == all);
}

TEST_CASE("s390x stacks: where they end") {
    Machine machine;
    // The first frame of a stack, with room for struct pt_regs and without.
    const auto thread = machine.frame(kStack + 0x3000, 0, kCode + 0x204);
    machine.pt_regs(thread, at(kCode + 0x400, 0));
    const auto first = machine.frame(kStack + kStackSize - 160, 0, kCode + 0x204);
    for (const auto outer : {thread, first}) {
        const auto inner = machine.frame(kStack + 0x200, outer, 0);
        const auto stack = machine.unwind(at(kCode, inner));
        CHECK(pcs(stack) == Pcs{kCode, kCode + 0x204});
        CHECK(stack.stopped.empty());
    }
}

TEST_CASE("s390x stacks: a task that was switched from") {
    Machine machine;
    const auto outer = machine.frame(kStack + kStackSize - 160, 0, kCode + 0x204);
    const auto inner = machine.frame(kStack + 0x200, outer, kCode + 0x104);
    const S390Unwinder unwinder(machine.memory, machine.kernel);
    const auto stack = unwinder.unwind_switched_from({.stack_pointer = inner});
    CHECK(pcs(stack) == Pcs{kCode + 0x104, kCode + 0x204});
    CHECK(stack.frames[0].pc.kind == CodeKind::after_call);
    CHECK(stack.frames[0].unwound_by == UnwoundBy::registers);
    CHECK(unwinder.unwind_switched_from({.stack_pointer = 0x5000}).stopped ==
          "the stack is not in the dump");
}

TEST_CASE("s390x stacks: damaged ones end, and why is said") {
    Machine machine;
    const auto circle = machine.frame(kStack + 0x200, kStack + 0x400, kCode + 0x104);
    machine.frame(kStack + 0x400, circle, kCode + 0x204);
    const auto wild = machine.frame(kStack + 0x600, kStack + 0x800, 0);
    const auto lost = machine.frame(kStack + 0x800, 0, 0x1234);
    CHECK(machine.unwind(at(kCode, circle)).stopped == "the stack leads in a circle");
    CHECK(machine.unwind(at(kCode, machine.frame(kStack + 0xa00, kStack + 0xa00, kCode))).stopped ==
          "the stack leads in a circle");
    CHECK(machine.unwind(at(kCode, wild)).stopped ==
          "the return address is not in the kernel's code");
    CHECK(machine.unwind(at(kCode, lost)).stopped == "the stack is not in the dump");
    CHECK(machine.unwind(at(kCode, 0x5000)).stopped == "the stack is not in the dump");
    CHECK(machine.unwind(at(kCode, ~std::uint64_t{0})).stopped == "the stack is not in the dump");
    machine.pt_regs(lost, at(0x5000, kStack));
    CHECK(machine.unwind(at(kCode, lost)).stopped ==
          "what an exception interrupted is not in the kernel's code");
    machine.pt_regs(lost, at(kCode, lost));
    CHECK(machine.unwind(at(kCode, lost)).stopped == "the stack leads in a circle");
    std::mt19937 random(7);
    for (int round = 0; round < 500; ++round) {
        Machine any;
        for (unsigned i = 0; i < 256; ++i) {
            const std::uint64_t code = kCode + random() % 0x10000;
            const std::uint64_t stack = random() % 4 ? kStack + random() % 2048 : 0;
            any.memory.word(kStack + 8 * i, random() % 2 ? code : stack);
        }
        const auto stack = any.unwind(
            at(kCode + random() % 0x10000, kStack + random() % 2048, kCode + random() % 0x10000));
        CHECK(stack.frames.size() <= 6200);
    }
}
