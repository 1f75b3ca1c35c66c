#include "process/unwind/go_stacks.h"

#include <doctest/doctest.h>

#include "process/stack_source.h"

using namespace symline;
using namespace symline::process;
using symline::test::kStack;
using Source = symline::test::StackSource;

namespace {

constexpr std::uint64_t kGoroutine = 0x20000, kSystem = 0x21000, kMachine = 0x22000;
constexpr std::uint64_t kGoroutineStack = 0x30000;

std::vector<std::uint8_t> bytes(const std::vector<std::uint64_t>& words) {
    symline::test::ByteWriter to;
    for (const auto each : words) to.u64(each);
    return to.data();
}

/// struct g: its stack, and what it has saved.
std::vector<std::uint64_t> goroutine(std::uint64_t low, std::uint64_t sp, std::uint64_t pc) {
    return {low, low + 0x100, 0, 0, 0, 0, kMachine, sp, pc};
}

/// A thread on the scheduler's stack, at kStack, whose goroutine has left its own.
struct Thread {
    Thread() {
        source.put_code(kSystem, bytes(goroutine(kStack, kStack + 0x20, 0)));
        source.put_code(kGoroutine, bytes(goroutine(kGoroutineStack, kGoroutineStack + 8, 0x1500)));
        put_machine(kGoroutine);
        source.put_code(kGoroutineStack, bytes({0, 0x1234, 7, 8}));
    }
    void put_machine(std::uint64_t current) {
        std::vector<std::uint64_t> words(33);
        words[0] = kSystem;
        words[24] = current;
        source.put_code(kMachine, bytes(words));
    }
    Registers registers(std::uint64_t sp, std::uint64_t running = kSystem) const {
        auto made = source.registers(0x1100, sp, 0);
        made.set(14, running);
        return made;
    }
    Source source{elf::kX86_64, {0x77, 0x78, kGoroutine, 0xf8, 0x1999, 5, 6}};
};

std::uint64_t sp_of(const Registers& registers) {
    return registers.by_number(7).value_or(0);
}

}  // namespace

TEST_CASE("Go's functions are known by name") {
    CHECK(go_function_named("runtime.sigpanic") == GoFunction::injected_call);
    CHECK(go_function_named("runtime.asyncPreempt.abi0") == GoFunction::injected_call);
    CHECK(go_function_named("runtime.mcall") == GoFunction::mcall);
    CHECK(go_function_named("runtime.systemstack.abi0") == GoFunction::systemstack);
    CHECK(go_function_named("runtime.systemstack_switch") == GoFunction::none);
    CHECK(go_function_named("main.sigpanic") == GoFunction::none);
    CHECK(go_function_named("runtime.") == GoFunction::none);
}

TEST_CASE("systemstack returns to its goroutine, and morestack to what needed more") {
    Thread thread;
    const GoStacks stacks(thread.source);
    const auto called = stacks.leave(GoFunction::systemstack, thread.registers(kStack + 0x20));
    REQUIRE(called);
    CHECK(called->pc == 0x1234);
    CHECK(sp_of(*called) == kGoroutineStack + 16);
    CHECK(called->by_number(14) == kGoroutine);
    const auto grown = stacks.leave(GoFunction::morestack, thread.registers(kStack + 0x18));
    REQUIRE(grown);
    CHECK(grown->pc == 0x1500);
    CHECK(sp_of(*grown) == kGoroutineStack + 8);
}

TEST_CASE("structures that do not lead to each other are not followed") {
    Thread thread;
    const GoStacks stacks(thread.source);
    const auto leaves = [&](const Registers& registers) {
        return stacks.leave(GoFunction::systemstack, registers).has_value();
    };
    CHECK(leaves(thread.registers(kStack + 0x20)));
    SUBCASE("another stack than the scheduler's") {
        CHECK(!leaves(thread.registers(0x9000)));
    }
    SUBCASE("not where that stack begins") {
        CHECK(!leaves(thread.registers(kStack)));
    }
    SUBCASE("no goroutine") {
        CHECK(!leaves(thread.registers(kStack + 0x20, 0x50)));
    }
    SUBCASE("none but the scheduler's") {
        thread.put_machine(kSystem);
        CHECK(!leaves(thread.registers(kStack + 0x20)));
    }
    SUBCASE("a saved stack pointer elsewhere") {
        thread.source.put_code(kGoroutine, bytes(goroutine(kGoroutineStack, 0x40000, 0x1500)));
        CHECK(!leaves(thread.registers(kStack + 0x20)));
    }
    SUBCASE("a saved address that is no code") {
        thread.source.put_code(kGoroutine,
                               bytes(goroutine(kGoroutineStack, kGoroutineStack + 8, 0x50)));
        CHECK(!leaves(thread.registers(kStack + 0x20)));
    }
}

TEST_CASE("asmcgocall returns by what its code loads after the call") {
    Thread thread;
    const auto leave = [&](std::vector<std::uint8_t> code) {
        code.resize(32, 0x90);
        thread.source.put_code(0x1100, code);
        CHECK(returns_to_asmcgocall(thread.source, 0x1100) ==
              GoStacks(thread.source)
                  .leave(GoFunction::asmcgocall, thread.registers(kStack))
                  .has_value());
        return GoStacks(thread.source).leave(GoFunction::asmcgocall, thread.registers(kStack));
    };
    // movq 16(sp), di; movq 8(di), si; subq 24(sp), si
    const std::vector<std::uint8_t> plain{0x48, 0x8b, 0x7c, 0x24, 16,   0x48, 0x8b,
                                          0x77, 8,    0x48, 0x2b, 0x74, 0x24, 24};
    const auto caller = leave(plain);
    REQUIRE(caller);
    CHECK(caller->pc == 0x1234);
    CHECK(sp_of(*caller) == kGoroutineStack + 16);
    CHECK(caller->by_number(14) == kGoroutine);

    std::vector<std::uint8_t> independent{0x48, 0xc7, 0xc1, 0xf8, 0xff, 0xff, 0xff};
    independent.insert(independent.end(), plain.begin(), plain.end());
    REQUIRE(leave(independent));

    // On the scheduler's stack already: movq 8(sp), si; movq si, sp
    thread.source.put_code(0x78, bytes({0x1444}));
    const auto same = leave({0x48, 0x8b, 0x74, 0x24, 8, 0x48, 0x89, 0xf4});
    REQUIRE(same);
    CHECK(same->pc == 0x1444);
    CHECK(sp_of(*same) == 0x80);

    auto other = plain;
    other[2] = 0x5c;
    CHECK(!leave(other));
    CHECK(!leave({}));
}

TEST_CASE("cgocallback goes back to the stack of C code, of the same call only") {
    Thread thread;
    GoStacks stacks(thread.source);
    const auto here = thread.registers(kGoroutineStack + 8, kGoroutine);
    const auto there = stacks.leave(GoFunction::cgocallback, here);
    REQUIRE(there);
    CHECK(sp_of(*there) == kStack + 0x20);
    // The second argument is 7 on the goroutine's stack.
    auto caller = *there;
    caller.set(7, kStack + 0x28);
    CHECK(!stacks.left_for_c(here, *there, caller));
    CHECK(sp_of(*stacks.leave(GoFunction::cgocallback, here)) == kStack + 0x20);
    thread.source.put_code(kStack + 0x30, bytes({7}));
    CHECK(stacks.left_for_c(here, *there, caller));
    // The next call is of what the scheduler's stack pointer was before.
    CHECK(!stacks.leave(GoFunction::cgocallback, here));
}

TEST_CASE("only x86-64's runtime is followed") {
    Source source(elf::kArm64);
    CHECK(!GoStacks(source).leave(GoFunction::systemstack, source.registers(0x1100, kStack, 0)));
    CHECK(!returns_to_asmcgocall(source, 0x1100));
}
