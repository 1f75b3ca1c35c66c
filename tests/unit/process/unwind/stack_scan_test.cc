#include "process/unwind/stack_scan.h"

#include <doctest/doctest.h>

#include "process/stack_source.h"

using namespace symline;
using namespace symline::process;
using symline::test::kStack;
using Source = symline::test::StackSource;

namespace {

/// call 0x1100, which ends at `end`.
void put_call(Source& source, std::uint64_t end) {
    const auto distance = static_cast<std::uint32_t>(0x1100 - end);
    std::vector<std::uint8_t> code{0xe8};
    for (unsigned i = 0; i < 4; ++i) code.push_back(static_cast<std::uint8_t>(distance >> (8 * i)));
    source.put_code(end - 5, code);
}

bool any(const Registers&) {
    return true;
}

}  // namespace

TEST_CASE("stack scan: the nearest address after a call that leads on") {
    Source source(elf::kX86_64, {1, 0x1500, 0x1400, 0x99999, 0x1300, 0});
    source.put_code(0x14fb, {0x90, 0x90, 0x90, 0x90, 0x90});
    put_call(source, 0x1400);
    put_call(source, 0x1300);
    const auto registers = source.registers(0x1800, kStack, 7);
    const auto nearest = scan_for_caller(source, registers, any);
    REQUIRE(nearest);
    CHECK(nearest->pc == 0x1400);
    CHECK(nearest->by_number(7) == kStack + 24);
    CHECK(nearest->by_number(6) == 7);
    const auto farther =
        scan_for_caller(source, registers, [](const Registers& each) { return each.pc != 0x1400; });
    REQUIRE(farther);
    CHECK(farther->pc == 0x1300);
    CHECK(farther->by_number(7) == kStack + 40);
}

TEST_CASE("stack scan: nothing is found where the stack ends, or no call has been") {
    Source source(elf::kX86_64, {1, 0x1500, 0x1400, 0});
    put_call(source, 0x1400);
    const auto none = [](const Registers&) { return false; };
    CHECK_FALSE(scan_for_caller(source, source.registers(0x1800, kStack, 0), none));
    CHECK_FALSE(scan_for_caller(source, source.registers(0x1800, kStack + 24, 0), any));
    CHECK_FALSE(scan_for_caller(source, source.registers(0x1800, kStack + 3, 0), any));
    CHECK_FALSE(scan_for_caller(source, source.registers(0x1800, 0x10, 0), any));
}
