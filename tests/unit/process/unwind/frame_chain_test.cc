#include "process/unwind/frame_chain.h"

#include <doctest/doctest.h>

#include "process/stack_source.h"

using namespace symline;
using namespace symline::process;
using symline::test::kStack;
using Source = symline::test::StackSource;

namespace {

bool no_cfi(std::uint64_t) {
    return false;
}

}  // namespace

TEST_CASE("a jump to nowhere leaves its return address on the stack") {
    const Source source(elf::kX86_64, {0x1234, 0});
    const auto step =
        step_without_cfi(source, source.registers(0, kStack, 0), CodeKind::exact, no_cfi);
    REQUIRE(step);
    CHECK(step->way == UnwoundBy::return_address);
    CHECK(step->registers.pc == 0x1234);
    CHECK(step->registers.by_number(7) == kStack + 8);
}

TEST_CASE("or in the link register") {
    const Source source(elf::kArm64);
    auto registers = source.registers(0, kStack, 0);
    registers.set(30, 0x1500);
    const auto step = step_without_cfi(source, registers, CodeKind::exact, no_cfi);
    REQUIRE(step);
    CHECK(step->registers.pc == 0x1500);
    CHECK(step->registers.by_number(31) == kStack);
    // A frame that is not the innermost has called: its link register is the callee's.
    CHECK_FALSE(step_without_cfi(source, registers, CodeKind::after_call, no_cfi));
}

TEST_CASE("no return address: the stack ends with a reason") {
    const Source source(elf::kX86_64, {0x99999, 0});
    const auto step =
        step_without_cfi(source, source.registers(0, kStack, 0), CodeKind::exact, no_cfi);
    REQUIRE_FALSE(step);
    CHECK(step.error().reason == "no code at 0x0, and no return address to be found");
}

TEST_CASE("frame pointers are followed up the stack only") {
    const Source source(elf::kX86_64, {7, 8, kStack + 48, 0x1111, 0, 0, 0, 0x1222});
    const auto step = step_without_cfi(source, source.registers(0x1100, kStack, kStack + 16),
                                       CodeKind::exact, no_cfi);
    REQUIRE(step);
    CHECK(step->way == UnwoundBy::frame_pointer);
    CHECK(step->registers.pc == 0x1111);
    CHECK(step->registers.by_number(7) == kStack + 32);
    CHECK(step->registers.by_number(6) == kStack + 48);
    const auto next = step_without_cfi(source, step->registers, CodeKind::after_call, no_cfi);
    REQUIRE(next);
    CHECK(next->registers.pc == 0x1222);
    for (const std::uint64_t wrong : {kStack - 8, kStack + 17, kStack + 0x1000, std::uint64_t{0}}) {
        CHECK_FALSE(step_without_cfi(source, source.registers(0x1100, kStack, wrong),
                                     CodeKind::exact, no_cfi));
    }
}

TEST_CASE("a chain that leads back") {
    const Source source(elf::kX86_64, {7, 8, kStack + 16, 0x1111});
    const auto step = step_without_cfi(source, source.registers(0x1100, kStack, kStack + 16),
                                       CodeKind::exact, no_cfi);
    REQUIRE_FALSE(step);
    CHECK(step.error().reason ==
          "no call frame information for 0x1100, and the chain of frame pointers leads nowhere");
}

TEST_CASE("a caller with call frame information may keep a number in the frame pointer") {
    const Source source(elf::kX86_64, {7, 8, 3, 0x1111});
    const auto registers = source.registers(0x1100, kStack, kStack + 16);
    CHECK_FALSE(step_without_cfi(source, registers, CodeKind::exact, no_cfi));
    std::uint64_t asked = 0;
    const auto step =
        step_without_cfi(source, registers, CodeKind::exact,
                         [&](std::uint64_t address) { return (asked = address) != 0; });
    REQUIRE(step);
    CHECK(asked == 0x1110);
    CHECK(step->registers.pc == 0x1111);
    CHECK(step->registers.by_number(6) == 3);
}

TEST_CASE("so may a caller whose code is seen to call") {
    Source source(elf::kX86_64, {7, 8, 3, 0x1111});
    source.put_code(0x110c, {0xe8, 0x00, 0x01, 0x00, 0x00});
    const auto step = step_without_cfi(source, source.registers(0x1100, kStack, kStack + 16),
                                       CodeKind::exact, no_cfi);
    REQUIRE(step);
    CHECK(step->registers.pc == 0x1111);
    CHECK(step->registers.by_number(6) == 3);
}

TEST_CASE("no function returns to code that has not called") {
    Source source(elf::kX86_64, {7, 8, kStack + 48, 0x1111});
    source.put_code(0x1109, std::vector<std::uint8_t>(8, 0x90));
    const auto registers = source.registers(0x1100, kStack, kStack + 16);
    const auto step = step_without_cfi(source, registers, CodeKind::exact, no_cfi);
    REQUIRE_FALSE(step);
    CHECK(step.error().reason ==
          "no call frame information for 0x1100, and no call ends at 0x1111");
    // Others have been put in place of the caller.
    const auto has_cfi = [](std::uint64_t) { return true; };
    CHECK(step_without_cfi(source, registers, CodeKind::exact, has_cfi));
    source.begins = 0x1111;
    CHECK(step_without_cfi(source, registers, CodeKind::exact, no_cfi));
}

TEST_CASE("a function that ends with a call is returned to after its last byte") {
    Source source(elf::kX86_64, {7, 8, kStack + 48, 0x2000});
    const auto registers = source.registers(0x1100, kStack, kStack + 16);
    const auto step = step_without_cfi(source, registers, CodeKind::exact, no_cfi);
    REQUIRE(step);
    CHECK(step->registers.pc == 0x2000);
}

TEST_CASE("a jump to nowhere was no call where the stack has another pointer to code") {
    Source source(elf::kX86_64, {0x1234, 0});
    source.put_code(0x122c, std::vector<std::uint8_t>(8, 0x90));
    CHECK_FALSE(step_without_cfi(source, source.registers(0, kStack, 0), CodeKind::exact, no_cfi));
}
