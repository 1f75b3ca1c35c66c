#include "process/unwind/unwinder.h"

#include <doctest/doctest.h>

#include "process/stack_source.h"

using namespace symline;
using namespace symline::process;
using symline::test::kStack;
using Source = symline::test::StackSource;

namespace {

/// A frame: the caller's frame pointer and the return address, from the frame pointer on.
std::vector<std::uint64_t> chain(std::size_t frames) {
    std::vector<std::uint64_t> words;
    for (std::size_t i = 1; i <= frames; ++i) {
        const bool last = i == frames;
        words.push_back(last ? 0 : kStack + 16 * i);
        words.push_back(last ? 0 : 0x1100 + 16 * i);
    }
    return words;
}

StackTrace unwound(Source& source, const Registers& registers,
                   std::size_t max_frames = kMaxFrames) {
    StackTrace trace;
    Unwinder(source, max_frames).unwind(registers, trace);
    return trace;
}

}  // namespace

TEST_CASE("without call frame information a stack is its chain of frame pointers") {
    Source source(elf::kX86_64, chain(3));
    const auto trace = unwound(source, source.registers(0x1100, kStack, kStack));
    REQUIRE(trace.frames.size() == 3);
    CHECK(trace.frames[0].pc == CodeAddress{{0x1100}, CodeKind::exact});
    CHECK(trace.frames[0].unwound_by == UnwoundBy::registers);
    CHECK(trace.frames[0].sp == kStack);
    CHECK(trace.frames[1].pc == CodeAddress{{0x1110}, CodeKind::after_call});
    CHECK(trace.frames[1].unwound_by == UnwoundBy::frame_pointer);
    CHECK(trace.frames[1].sp == kStack + 16);
    CHECK(trace.frames[2].pc == CodeAddress{{0x1120}, CodeKind::after_call});
    CHECK(trace.stopped ==
          "no call frame information for 0x1120, and the frame pointer leads to no return address");
}

TEST_CASE("a stack that ends in the code of the entry point is whole") {
    Source source(elf::kX86_64, chain(3));
    source.start = 0x111f;
    const auto trace = unwound(source, source.registers(0x1100, kStack, kStack));
    CHECK(trace.frames.size() == 3);
    CHECK(trace.stopped.empty());
    // A thread that stopped there was not called from there.
    source.start = 0x10ff;
    const auto other = unwound(source, source.registers(0x1100, kStack, kStack - 0x100));
    CHECK(other.frames.size() == 1);
    CHECK_FALSE(other.stopped.empty());
}

TEST_CASE("a jump to nowhere, then the chain of its caller") {
    auto words = chain(2);
    words.insert(words.begin(), 0x1444);
    words[1] += 8;
    Source source(elf::kX86_64, words);
    const auto trace = unwound(source, source.registers(0x50, kStack, kStack + 8));
    REQUIRE(trace.frames.size() == 3);
    CHECK(trace.frames[1].pc == CodeAddress{{0x1444}, CodeKind::after_call});
    CHECK(trace.frames[1].unwound_by == UnwoundBy::return_address);
    CHECK(trace.frames[2].unwound_by == UnwoundBy::frame_pointer);
}

TEST_CASE("a deep stack is cut, and says so") {
    Source source(elf::kX86_64, chain(10));
    const auto trace = unwound(source, source.registers(0x1100, kStack, kStack), 4);
    CHECK(trace.frames.size() == 4);
    CHECK(trace.stopped == "more than 4 frames");
}

TEST_CASE("a stack that is cut off in memory") {
    auto words = chain(10);
    words.resize(6);
    Source source(elf::kX86_64, words);
    const auto trace = unwound(source, source.registers(0x1100, kStack, kStack));
    CHECK(trace.frames.size() == 4);
    CHECK(trace.stopped ==
          "no call frame information for 0x1130, and the stack at 0x8030 is not there");
}

TEST_CASE("one unwinder takes one thread after the other") {
    Source source(elf::kX86_64, chain(3));
    Unwinder unwinder(source);
    for (int round = 0; round < 2; ++round) {
        StackTrace trace;
        unwinder.unwind(source.registers(0x1100, kStack, kStack), trace);
        CHECK(trace.frames.size() == 3);
    }
}

namespace {

/// A handler at 0x1100 that returns to 0x1800, whose signal interrupted 0x1300.
std::vector<std::uint64_t> handler_stack() {
    std::vector<std::uint64_t> words(48);
    words[1] = 0x1800;
    // struct ucontext follows: sigcontext's rsp, rip and cs.
    words[22] = kStack + 0x170;
    words[23] = 0x1300;
    words[25] = 0x33;
    return words;
}

const std::vector<std::uint8_t> kSigreturn{0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};

}  // namespace

TEST_CASE("what a signal interrupted is exact, and so is the code that its handler returns to") {
    Source source(elf::kX86_64, handler_stack());
    source.put_code(0x1800, kSigreturn);
    const auto trace = unwound(source, source.registers(0x1100, kStack, kStack));
    REQUIRE(trace.frames.size() == 3);
    CHECK(trace.frames[1].pc == CodeAddress{{0x1800}, CodeKind::exact});
    CHECK(trace.frames[1].unwound_by == UnwoundBy::frame_pointer);
    CHECK(trace.frames[1].signal_return);
    CHECK_FALSE(trace.frames[0].signal_return);
    CHECK_FALSE(trace.frames[2].signal_return);
    CHECK(trace.frames[2].pc == CodeAddress{{0x1300}, CodeKind::exact});
    CHECK(trace.frames[2].unwound_by == UnwoundBy::signal_frame);
    CHECK(trace.frames[2].sp == kStack + 0x170);
    CHECK(describe(UnwoundBy::signal_frame) == "signal frame");
}

TEST_CASE("a signal's frame that is cut off in memory") {
    auto words = handler_stack();
    words.resize(20);
    Source source(elf::kX86_64, words);
    source.put_code(0x1800, kSigreturn);
    const auto trace = unwound(source, source.registers(0x1100, kStack, kStack));
    CHECK(trace.frames.size() == 2);
    CHECK(trace.stopped == "the stack at 0x80c8 is not there");
}

TEST_CASE("what Go's sigpanic returns to is exact, though no call is before it") {
    Source source(elf::kX86_64, chain(3));
    source.put_code(0x1100, std::vector<std::uint8_t>(0x100, 0x90));
    auto trace = unwound(source, source.registers(0x1100, kStack, kStack));
    CHECK(trace.frames.size() == 1);
    source.go_functions[0x1100] = GoFunction::injected_call;
    trace = unwound(source, source.registers(0x1100, kStack, kStack));
    REQUIRE(trace.frames.size() == 2);
    CHECK(trace.frames[1].pc == CodeAddress{{0x1110}, CodeKind::exact});
}

TEST_CASE("the scheduler's stack ends where Go's mcall has called") {
    Source source(elf::kX86_64, chain(4));
    source.go_functions[0x110f] = GoFunction::mcall;
    const auto trace = unwound(source, source.registers(0x1100, kStack, kStack));
    CHECK(trace.frames.size() == 2);
    CHECK(trace.stopped.empty());
}
