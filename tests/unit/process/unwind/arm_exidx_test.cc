#include "process/unwind/arm_exidx.h"

#include <doctest/doctest.h>

#include "process/core_builder.h"

using namespace symline;
using namespace symline::process;
using symline::test::ByteWriter;
using symline::test::PieceMemory;

namespace {

constexpr std::uint64_t kTable = 0x20000;
constexpr std::uint64_t kFunction = 0x10000;
constexpr std::uint64_t kCaller = 0x10100;  ///< code, with a call before its fifth byte
constexpr std::uint64_t kStack = 0x7000;
constexpr std::uint64_t kReturn = (kCaller + 4) | 1;

/// A function in T32 whose caller is at kCaller.
class Source : public UnwindSource {
public:
    Source(std::uint32_t entry, const std::vector<std::uint16_t>& code,
           const std::vector<std::uint32_t>& stack) {
        const auto place = static_cast<std::uint32_t>(kFunction - kTable) & 0x7fffffff;
        memory_.put(kTable, ByteWriter().u32(place).u32(entry).data());
        ByteWriter halfwords;
        for (const auto each : code) halfwords.u16(each);
        memory_.put(kFunction, halfwords.data());
        memory_.put(kCaller, ByteWriter().u16(0xf000).u16(0xf801).u16(0xbf00).zeros(8).data());
        ByteWriter words;
        for (const auto each : stack) words.u32(each);
        memory_.put(kStack, words.data());
    }
    const Memory& memory() const override { return memory_; }
    const MachineFacts& machine() const override { return *machine_facts(elf::kArm, 4); }
    bool big_endian() const override { return false; }
    FrameTables* tables(std::uint64_t) override { return nullptr; }
    bool is_code(std::uint64_t address) const override {
        return address >= kFunction && address < kTable;
    }

    bool begins_stack(std::uint64_t address) const override { return address == start; }
    std::uint64_t start = 0;  ///< the last byte of _start's call

    std::expected<Registers, NoStep> step(const Registers& registers, CodeKind kind) const {
        return step_by_exidx(*this, {kTable, 8}, registers, kind);
    }

private:
    PieceMemory memory_;
};

Registers stopped_at(std::uint64_t offset, std::uint64_t lr = 0, bool with_flags = true) {
    Registers registers;
    registers.pc = kFunction + offset;
    for (std::uint16_t i = 0; i < 13; ++i) registers.set(i, 0x100U + i);
    registers.set(13, kStack);
    registers.set(14, lr);
    registers.set(15, registers.pc);
    if (with_flags) registers.values.push_back({kNoDwarfNumber, 0x30, "cpsr"});
    return registers;
}

constexpr auto kCalled = CodeKind::after_call;
constexpr auto kExact = CodeKind::exact;
/// vsp += 8; pop {r4, lr}
constexpr std::uint32_t kFrame = 0x8001a8b0;
/// push {r4, lr}; sub sp, #8; ldr r3, [r0]; nop
const std::vector<std::uint16_t> kCode{0xb510, 0xb082, 0x6803, 0xbf00};
constexpr auto kLow = static_cast<std::uint32_t>(kReturn);

}  // namespace

TEST_CASE("a function that has called is left by its unwind table") {
    const Source source(kFrame, kCode, {1, 2, 0x44, kLow, 5});
    const auto caller = source.step(stopped_at(6), kCalled);
    REQUIRE(caller);
    CHECK(caller->pc == kCaller + 4);
    CHECK(caller->by_number(13) == kStack + 16);
    CHECK(caller->by_number(4) == 0x44);
    CHECK(caller->by_number(5) == 0x105);
    // What a call does not preserve.
    for (const unsigned lost : {0, 1, 2, 3, 12, 14}) {
        CHECK_FALSE(caller->by_number(static_cast<std::uint16_t>(lost)));
    }
}

TEST_CASE("a thread that stopped in the prologue has not pushed all") {
    const Source source(kFrame, kCode, {0x44, kLow, 5, 6, 7, 8, 9});
    // Before the first instruction, all is still in registers.
    const auto first = source.step(stopped_at(0, kReturn), kExact);
    REQUIRE(first);
    CHECK(first->pc == kCaller + 4);
    CHECK(first->by_number(13) == kStack);
    CHECK(first->by_number(4) == 0x104);
    // After it, they are on the stack, without the eight bytes below them.
    const auto second = source.step(stopped_at(2, 0x99999), kExact);
    REQUIRE(second);
    CHECK(second->pc == kCaller + 4);
    CHECK(second->by_number(13) == kStack + 8);
    CHECK(second->by_number(4) == 0x44);
}

TEST_CASE("a thread that stopped after the prologue is as after a call") {
    const Source source(kFrame, kCode, {1, 2, 0x44, kLow, 5});
    const auto caller = source.step(stopped_at(4, 0x99999), kExact);
    REQUIRE(caller);
    CHECK(caller->by_number(13) == kStack + 16);
    // Whether code is T32 or A32 is known of the thread's own registers and those of a signal.
    CHECK_FALSE(source.step(stopped_at(4, 0x99999, false), kExact));
}

TEST_CASE("an epilogue is not guessed at") {
    // push {r4, lr}; sub sp, #8; add sp, #8; pop {r4, pc}
    const Source source(kFrame, {0xb510, 0xb082, 0xb002, 0xbd10}, {0x44, kLow, 5, kLow});
    const auto caller = source.step(stopped_at(6, 0x99999), kExact);
    REQUIRE_FALSE(caller);
    CHECK(caller.error().reason.ends_with("stopped in a prologue or an epilogue"));
}

TEST_CASE("a leaf returns to its link register") {
    const Source source(0x80b0b0b0, {0x6803, 0xbf00}, {1});
    const auto caller = source.step(stopped_at(0, kReturn), kExact);
    REQUIRE(caller);
    CHECK(caller->pc == kCaller + 4);
    CHECK(caller->by_number(13) == kStack);
    // What has called has no address there.
    CHECK_FALSE(source.step(stopped_at(2, kReturn), kCalled));
}

TEST_CASE("a return address follows a call") {
    for (const std::uint32_t wrong :
         {std::uint32_t{0}, kLow + 2, kLow - 1, std::uint32_t{0x30001}}) {
        CAPTURE(wrong);
        const Source source(kFrame, kCode, {1, 2, 0x44, wrong, 5});
        const auto caller = source.step(stopped_at(6), kCalled);
        REQUIRE_FALSE(caller);
        CHECK(caller.error().reason == "the unwind table of 0x10006 leads to no return address");
    }
}

TEST_CASE("a frame register that has been set says where the frame is") {
    // push {r7, lr}; sub sp, #8; add r7, sp, #0; nop. vsp = r7; vsp += 8; pop {r7, lr}
    const std::vector<std::uint16_t> code{0xb580, 0xb082, 0xaf00, 0xbf00};
    const Source source(0x80970184, code, {1, 2, 0x77, kLow, 5});
    // Its last opcode is cut off: 0x84 has a second byte.
    CHECK_FALSE(source.step(stopped_at(6), kExact));
    const Source whole(0x809784'08, code, {0x77, kLow, 5});
    auto registers = stopped_at(6, 0x99999);
    registers.set(7, kStack);
    const auto caller = whole.step(registers, kExact);
    REQUIRE(caller);
    CHECK(caller->by_number(13) == kStack + 8);
    // Not yet: where the frame is cannot be told.
    CHECK_FALSE(whole.step(stopped_at(4, 0x99999), kExact));
    // And before anything of it.
    CHECK(whole.step(stopped_at(0, kReturn), kExact));
}

TEST_CASE("a stack that leads down, and one that is not there") {
    // vsp -= 8 and pop {r14}
    const Source down(0x80418400, kCode, {kLow, kLow, kLow});
    CHECK_FALSE(down.step(stopped_at(6), kCalled));
    const Source cut(kFrame, kCode, {1, 2});
    const auto caller = cut.step(stopped_at(6), kCalled);
    REQUIRE_FALSE(caller);
    CHECK(caller.error().unread == kStack + 8);
}

TEST_CASE("what may not be unwound ends the stack, and only its beginning is no fault") {
    Source source(1, kCode, {1, 2, 3, 4});
    const auto inside = source.step(stopped_at(6), kCalled);
    REQUIRE_FALSE(inside);
    CHECK(inside.error().reason == "0x10006 is not to be unwound (EXIDX_CANTUNWIND)");
    source.start = kFunction + 5;
    const auto start = source.step(stopped_at(6), kCalled);
    REQUIRE_FALSE(start);
    CHECK(start.error().reason.empty());
    // The end of a thread: mov.w r7, #1; svc 0
    const Source thread(1, {0xbf00, 0xf04f, 0x0701, 0xdf00, 0xbf00}, {});
    const auto end = thread.step(stopped_at(2), kCalled);
    REQUIRE_FALSE(end);
    CHECK(end.error().reason.empty());
}

TEST_CASE("a damaged table says so") {
    const Source source(0x80b100b0, kCode, {1, 2, 3, 4});
    const auto caller = source.step(stopped_at(6), kCalled);
    REQUIRE_FALSE(caller);
    CHECK(caller.error().reason == "0x10006 has an unwind table that is damaged");
}

namespace {

std::optional<Registers> by_prologue(const std::vector<std::uint16_t>& code,
                                     const std::vector<std::uint32_t>& stack, std::uint64_t offset,
                                     CodeKind kind, std::uint64_t lr = 0) {
    return step_by_arm_prologue(Source(1, code, stack), stopped_at(offset, lr), kind);
}

}  // namespace

TEST_CASE("a function without a table is left by its instructions") {
    // push {r4, lr}; sub sp, #8; bl; nop
    const std::vector<std::uint16_t> code{0xb510, 0xb082, 0xf000, 0xf802, 0xbf00};
    const auto caller = by_prologue(code, {1, 2, 0x44, kLow, 5}, 8, kCalled);
    REQUIRE(caller);
    CHECK(caller->pc == kCaller + 4);
    CHECK(caller->by_number(13) == kStack + 16);
    CHECK(caller->by_number(4) == 0x44);
    // In the prologue.
    const auto second = by_prologue(code, {0x44, kLow, 5, 6}, 2, kExact, 0x99999);
    REQUIRE(second);
    CHECK(second->by_number(13) == kStack + 8);
    // Before it.
    const auto first = by_prologue(code, {5, 6}, 0, kExact, kReturn);
    REQUIRE(first);
    CHECK(first->by_number(13) == kStack);
    CHECK_FALSE(by_prologue(code, {1, 2, 0x44, kLow + 2, 5}, 8, kCalled));
    CHECK_FALSE(by_prologue(code, {1, 2}, 8, kCalled));
    // No call ends there.
    CHECK_FALSE(by_prologue(code, {1, 2, 0x44, kLow, 5}, 10, kCalled));
}

TEST_CASE("the nearest prologue that leads to a return address") {
    // push {r7, lr}; ldr.w r11, [r4, #0x508], whose second half would push r3; bl; nop
    const std::vector<std::uint16_t> code{0xb580, 0xf8d4, 0xb508, 0xf000, 0xf802, 0xbf00};
    const auto caller = by_prologue(code, {0x77, kLow, 5}, 10, kCalled);
    REQUIRE(caller);
    CHECK(caller->by_number(7) == 0x77);
    CHECK(caller->by_number(13) == kStack + 8);
}

TEST_CASE("a link register that leads back into its function is not the caller's") {
    // push {r4, lr}; bl; nop
    const std::vector<std::uint16_t> code{0xb510, 0xf000, 0xf802, 0xbf00};
    CHECK_FALSE(by_prologue(code, {1, 2, 3}, 6, kExact, (kFunction + 6) | 1));
}
