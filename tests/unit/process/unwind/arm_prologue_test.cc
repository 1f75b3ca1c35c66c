#include "process/unwind/arm_prologue.h"

#include <doctest/doctest.h>

#include "process/core_builder.h"

using namespace symline::process;
using symline::test::ByteWriter;
using symline::test::PieceMemory;

namespace {

constexpr std::uint64_t kCode = 0x10000;

/// Code made of halfwords or words.
struct Function {
    Function(bool is_thumb, const std::vector<std::uint32_t>& units) : thumb(is_thumb) {
        ByteWriter writer;
        for (const auto each : units) writer.word(each, thumb ? 2 : 4);
        memory.put(kCode, writer.data());
    }
    ArmCode code() const { return {memory, false, thumb}; }
    std::optional<std::uint32_t> pushed(std::uint64_t offset, std::uint32_t size) const {
        return pushed_before(code(), kCode, kCode + offset, size);
    }
    PieceMemory memory;
    bool thumb;
};

using Pushed = std::optional<std::uint32_t>;

}  // namespace

TEST_CASE("a prologue in T32 is followed up to where the thread stopped") {
    // push {r4, lr}; sub sp, #8; ldr r3, [r0]; add sp, #8; pop {r4, pc}; nop
    const Function function(true, {0xb510, 0xb082, 0x6803, 0xb002, 0xbd10, 0xbf00});
    CHECK(function.pushed(0, 16) == 0U);
    CHECK(function.pushed(2, 16) == 8U);
    CHECK(function.pushed(4, 16) == 16U);
    CHECK(function.pushed(6, 16) == 16U);
    // The epilogue has begun.
    CHECK(function.pushed(8, 16) == Pushed());
    // Code after it may be a part of the function.
    CHECK(function.pushed(10, 16) == 16U);
    // In the middle of an instruction, and where no code is.
    CHECK(function.pushed(1, 16) == Pushed());
    CHECK(function.pushed(12, 16) == Pushed());
}

TEST_CASE("wide instructions of T32") {
    // push.w {r4-r8, lr}; vpush {d8}; str.w lr, [sp, #-4]!; sub.w sp, sp, #1024; subw sp, sp, #12
    const Function function(true, {0xe92d, 0x41f0, 0xed2d, 0x8b02, 0xf84d, 0xed04, 0xf5ad, 0x6d80,
                                   0xf2ad, 0x0d0c, 0xbf00});
    constexpr std::uint32_t kAll = 24 + 8 + 4 + 1024 + 12;
    CHECK(function.pushed(4, kAll) == 24U);
    CHECK(function.pushed(8, kAll) == 32U);
    CHECK(function.pushed(12, kAll) == 36U);
    CHECK(function.pushed(16, kAll) == 1060U);
    CHECK(function.pushed(20, kAll) == kAll);
    CHECK(function.pushed(2, kAll) == Pushed());
}

TEST_CASE("a prologue in A32") {
    // push {r4, r11, lr}; add r11, sp, #8; sub sp, sp, #256; vpush {d8, d9}; nop
    const Function function(false, {0xe92d4810, 0xe28db008, 0xe24ddc01, 0xed2d8b04, 0xe1a00000});
    CHECK(function.pushed(0, 284) == 0U);
    CHECK(function.pushed(8, 284) == 12U);
    CHECK(function.pushed(12, 284) == 268U);
    CHECK(function.pushed(16, 284) == 284U);
    CHECK_FALSE(sets_frame_register(function.code(), kCode, kCode + 4, 11));
    CHECK(sets_frame_register(function.code(), kCode, kCode + 8, 11));
    CHECK_FALSE(sets_frame_register(function.code(), kCode, kCode + 8, 7));
    // str lr, [sp, #-4]!; ldr pc, [sp], #4
    const Function small(false, {0xe52de004, 0xe49df004, 0xe1a00000});
    CHECK(small.pushed(0, 4) == 0U);
    CHECK(small.pushed(4, 4) == 4U);
}

TEST_CASE("functions that share an entry begin anew") {
    // push {r4, lr}; pop {r4, pc}; push {r4, lr}; nop
    const Function functions(true, {0xb510, 0xbd10, 0xb510, 0xbf00});
    CHECK(functions.pushed(4, 8) == 0U);
    CHECK(functions.pushed(6, 8) == 8U);
}

TEST_CASE("a frame register in T32") {
    // push {r7, lr}; sub sp, #8; add r7, sp, #0; nop; mov sp, r7; pop {r7, pc}
    const Function function(true, {0xb580, 0xb082, 0xaf00, 0xbf00, 0x46bd, 0xbd80});
    CHECK_FALSE(sets_frame_register(function.code(), kCode, kCode + 4, 7));
    CHECK(sets_frame_register(function.code(), kCode, kCode + 6, 7));
    // mov r7, sp; add.w r11, sp, #8
    const Function others(true, {0x466f, 0xf10d, 0x0b08, 0xbf00});
    CHECK(sets_frame_register(others.code(), kCode, kCode + 6, 7));
    CHECK(sets_frame_register(others.code(), kCode, kCode + 6, 11));
    CHECK_FALSE(sets_frame_register(others.code(), kCode, kCode + 40, 11));
}

TEST_CASE("a long way from the beginning is not looked through") {
    const Function function(true, {0xb510, 0xbf00});
    CHECK(function.pushed(std::uint64_t{1} << 20, 8) == Pushed());
    CHECK(pushed_before(function.code(), kCode + 2, kCode, 8) == Pushed());
}

TEST_CASE("a system call stands before an address") {
    const Function thumb(true, {0xbf00, 0xdf00, 0xbf00});
    CHECK(follows_system_call(thumb.code(), kCode + 4));
    CHECK_FALSE(follows_system_call(thumb.code(), kCode + 2));
    CHECK_FALSE(follows_system_call(thumb.code(), kCode));
    const Function arm(false, {0xef000000, 0xe1a00000});
    CHECK(follows_system_call(arm.code(), kCode + 4));
    CHECK_FALSE(follows_system_call(arm.code(), kCode + 8));
}

namespace {

using Operation = ExidxOperation;
using Operations = std::vector<Operation>;

std::vector<ArmFrame> frames_before(const Function& function, std::uint64_t offset) {
    return find_arm_frames(function.code(), kCode, kCode + offset);
}

}  // namespace

TEST_CASE("a frame that no table describes is what its instructions made") {
    using enum Operation::Kind;
    // nop; push {r0-r3}; push {r4, lr}; sub sp, #8; beq; sub sp, #16; add sp, #8; pop {r4}; nop
    const Function thumb(true,
                         {0xbf00, 0xb40f, 0xb510, 0xb082, 0xd000, 0xb084, 0xb002, 0xbc10, 0xbf00});
    const auto frames = frames_before(thumb, 16);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].begin == kCode + 2);
    CHECK(frames[0].operations == Operations{{move, 8}, {pop, 0x4010}, {pop, 0xf}});
    // What has not been run makes none.
    CHECK(frames_before(thumb, 6)[0].operations == Operations{{pop, 0x4010}, {pop, 0xf}});
    CHECK(frames_before(thumb, 4).empty());
    // stmdb sp!, {r4, lr}; vpush {d8}; sub sp, #64; bl; sub sp, #64
    const Function arm(false, {0xe92d4010, 0xed2d8b02, 0xe24dd040, 0xeb000000, 0xe24dd040});
    const auto words = frames_before(arm, 20);
    REQUIRE(words.size() == 1);
    CHECK(words[0].operations == Operations{{move, 64}, {move, 8}, {pop, 0x4010}});
}

TEST_CASE("what looks like a prologue may be a part of another instruction") {
    // push {r7, lr}; ldr.w r11, [r4, #0x508], whose second half is a push as well; nop
    const Function function(true, {0xb580, 0xf8d4, 0xb508, 0xbf00});
    const auto frames = frames_before(function, 8);
    REQUIRE(frames.size() == 2);
    CHECK(frames[0].begin == kCode);
    CHECK(frames[1].begin == kCode + 4);
    // And the number of them is bounded.
    const Function many(true, std::vector<std::uint32_t>(100, 0xb580));
    CHECK(frames_before(many, 200).size() == 8);
}

TEST_CASE("a function that calls nothing may push other registers") {
    using enum Operation::Kind;
    // cmp r2, #1; bne; strd r4, r5, [sp, #-16]!; nop
    const Function function(true, {0x2a01, 0xd1f1, 0xe96d, 0x4504, 0xbf00});
    const auto frame = leaf_frame(function.code(), kCode, kCode + 8);
    REQUIRE(frame);
    CHECK(frame->operations == Operations{{pop, 0x30}, {move, 8}});
    // No instruction begins there.
    CHECK_FALSE(leaf_frame(function.code(), kCode, kCode + 6));
    CHECK_FALSE(leaf_frame(function.code(), kCode, kCode + 0x100));
}
