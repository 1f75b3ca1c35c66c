#include "process/unwind/mips_prologue.h"

#include <doctest/doctest.h>

#include "process/stack_source.h"

using namespace symline;
using namespace symline::process;
using symline::test::ByteWriter;
using symline::test::kStack;
using symline::test::StackSource;

namespace {

constexpr std::uint64_t kFunction = 0x1100;
constexpr std::uint64_t kCaller = 0x1800;
constexpr std::uint32_t kNop = 0;
constexpr std::uint32_t kJal = 0x0c000500;        // to 0x1400
constexpr std::uint32_t kMakeFrame = 0x67bdffe0;  // daddiu sp, sp, -32
constexpr std::uint32_t kFreeFrame = 0x67bd0020;  // daddiu sp, sp, 32
constexpr std::uint32_t kSaveRa = 0xffbf0018;     // sd ra, 24(sp)
constexpr std::uint32_t kSaveFp = 0xffbe0010;     // sd fp, 16(sp)
constexpr std::uint32_t kSaveS0 = 0xffb00008;     // sd s0, 8(sp)
constexpr std::uint32_t kSetFp = 0x03a0f025;      // move fp, sp
constexpr std::uint32_t kReturn = 0x03e00008;     // jr ra
constexpr std::uint32_t kRestoreRa = 0xdfbf0018;  // ld ra, 24(sp)

/// A function of n64 that has put s0, fp and the address after a call into its frame.
struct Function : StackSource {
    explicit Function(const std::vector<std::uint32_t>& code)
        : StackSource(elf::kMips, {0, 0x50, 0x60, kCaller + 8, 5, 6, 7, 8}) {
        ByteWriter words;
        for (const auto each : code) words.u32(each);
        put_code(kFunction, words.data());
        put_code(kCaller, ByteWriter().u32(kJal).u32(kNop).u32(kNop).data());
    }
    std::optional<Registers> step(std::uint64_t offset, CodeKind kind, std::uint64_t ra = 0,
                                  std::uint64_t fp = 0) const {
        Registers stopped;
        stopped.pc = kFunction + offset;
        stopped.set(16, 0x16);
        stopped.set(29, kStack);
        stopped.set(30, fp);
        stopped.set(31, ra);
        return step_by_mips_prologue(*this, stopped, kind);
    }
};

constexpr auto kCalled = CodeKind::after_call;
constexpr auto kExact = CodeKind::exact;

}  // namespace

TEST_CASE("a function of MIPS that has called is left by what its prologue saved") {
    const Function function(
        {kNop, kMakeFrame, kSaveRa, kSaveFp, kSaveS0, kNop, kJal, kNop, kRestoreRa});
    const auto caller = function.step(32, kCalled);
    REQUIRE(caller);
    CHECK(caller->pc == kCaller + 8);
    CHECK(caller->by_number(29) == kStack + 32);
    CHECK(caller->by_number(16) == 0x50);
    CHECK(caller->by_number(30) == 0x60);
}

TEST_CASE("a frame pointer of MIPS says where the frame is") {
    const Function function({kMakeFrame, kSaveRa, kSaveFp, kSetFp, kNop, kJal, kNop, kNop});
    CHECK_FALSE(function.step(28, kCalled, 0, kStack + 8));
    const auto caller = function.step(28, kCalled, 0, kStack);
    REQUIRE(caller);
    CHECK(caller->by_number(29) == kStack + 32);
}

TEST_CASE("an earlier way out does not end a frame of MIPS, and the end of one does") {
    const Function two({kMakeFrame, kSaveRa, kNop, kRestoreRa, kReturn, kFreeFrame, kJal, kNop});
    REQUIRE(two.step(32, kCalled));
    CHECK(two.step(32, kCalled)->pc == kCaller + 8);
    // Stopped before the return, with the frame gone: the register has the address.
    const Function late({kMakeFrame, kSaveRa, kNop, kRestoreRa, kFreeFrame, kReturn, kNop});
    const auto caller = late.step(20, kExact, kCaller + 8);
    REQUIRE(caller);
    CHECK(caller->by_number(29) == kStack);
}

TEST_CASE("a function of MIPS that stopped before it saved registers") {
    const Function function({kMakeFrame, kSaveS0, kNop, kSaveRa, kJal, kNop, kNop});
    const auto caller = function.step(8, kExact, kCaller + 8);
    REQUIRE(caller);
    CHECK(caller->pc == kCaller + 8);
    CHECK(caller->by_number(29) == kStack + 32);
    CHECK(caller->by_number(16) == 0x50);
    // Without a frame yet.
    const auto first = function.step(0, kExact, kCaller + 8);
    REQUIRE(first);
    CHECK(first->by_number(29) == kStack);
    CHECK(first->by_number(16) == 0x16);
}

TEST_CASE("where no return address is found, a prologue of MIPS says nothing") {
    // It has not saved the register in which its own call left an address.
    CHECK_FALSE(Function({kMakeFrame, kNop, kJal, kNop}).step(16, kCalled, kFunction + 16));
    CHECK_FALSE(Function({kMakeFrame, kNop, kJal, kNop, kNop, kReturn, kFreeFrame})
                    .step(24, kExact, kFunction + 16));
    CHECK_FALSE(Function({kNop, kNop, kJal, kNop}).step(16, kCalled));
    CHECK_FALSE(Function({kMakeFrame, kSaveS0, kJal, kNop}).step(16, kCalled));
    // Saved outside of the frame, at an odd address, and without any code.
    CHECK_FALSE(Function({kMakeFrame, 0xffbf0020, kJal, kNop}).step(16, kCalled));
    CHECK_FALSE(Function({kMakeFrame, kSaveRa, kJal, kNop}).step(17, kCalled));
    CHECK_FALSE(Function({}).step(16, kCalled));
    CHECK_FALSE(Function({}).step(16, kExact));
}
