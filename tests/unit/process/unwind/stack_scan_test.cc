#include "process/unwind/stack_scan.h"

#include <doctest/doctest.h>

#include "process/stack_source.h"

using namespace symline;
using namespace symline::process;
using symline::test::kStack;
using Source = symline::test::StackSource;

namespace {

/// A call of `target` that ends at `end`.
void put_call(Source& source, std::uint64_t end, std::uint64_t target) {
    const auto distance = static_cast<std::uint32_t>(target - end);
    std::vector<std::uint8_t> code{0xe8};
    for (unsigned i = 0; i < 4; ++i) code.push_back(static_cast<std::uint8_t>(distance >> (8 * i)));
    source.put_code(end - 5, code);
}

/// A call through %rax that ends at `end`.
void put_indirect_call(Source& source, std::uint64_t end) {
    source.put_code(end - 5, {0x90, 0x90, 0x90, 0xff, 0xd0});
}

bool any(const Registers&, Candidate) {
    return true;
}

bool none(const Registers&, Candidate) {
    return false;
}

std::optional<Registers> scan(const Source& source, std::uint64_t pc,
                              const std::function<bool(const Registers&, Candidate)>& leads_on,
                              std::uint64_t sp = kStack, std::uint64_t fp = 7) {
    std::uint64_t words = 0;
    return scan_for_caller(source, source.registers(pc, sp, fp), CodeKind::exact, leads_on, words);
}

}  // namespace

TEST_CASE("stack scan: the nearest address after a call that leads on") {
    Source source(elf::kX86_64, {1, 0x1500, 0x1400, 0x99999, 0x1300, 0});
    source.put_code(0x14fb, {0x90, 0x90, 0x90, 0x90, 0x90});
    put_indirect_call(source, 0x1400);
    put_indirect_call(source, 0x1300);
    const auto nearest = scan(source, 0x1800, any);
    REQUIRE(nearest);
    CHECK(nearest->pc == 0x1400);
    CHECK(nearest->by_number(7) == kStack + 24);
    CHECK(nearest->by_number(6) == 7);
    const auto farther =
        scan(source, 0x1800, [](const Registers& each, Candidate) { return each.pc != 0x1400; });
    REQUIRE(farther);
    CHECK(farther->pc == 0x1300);
    CHECK(farther->by_number(7) == kStack + 40);
}

TEST_CASE(
    "stack scan: a call of the frame's own function needs no more, one of another is the last "
    "choice") {
    Source source(elf::kX86_64, {0x1500, 0x1400, 0x1300});
    source.functions = {0x1000, 0x1100, 0x1700, 0x1900};
    put_call(source, 0x1500, 0x1100);
    put_call(source, 0x1400, 0x1704);  // beyond the entry, as ppc64's local calls lead
    put_indirect_call(source, 0x1300);
    CHECK(scan(source, 0x1800, none)->pc == 0x1400);
    CHECK(scan(source, 0x1800, any)->pc == 0x1400);
    CHECK(scan(source, 0x1910, any)->pc == 0x1500);
    const auto second = [](const Registers& each, Candidate) { return each.pc == 0x1300; };
    CHECK(scan(source, 0x1910, second)->pc == 0x1300);
    const auto first = [](const Registers& each, Candidate) { return each.pc == 0x1500; };
    CHECK(scan(source, 0x1910, first)->pc == 0x1500);
    CHECK_FALSE(scan(source, 0x1910, none));
}

TEST_CASE("stack scan: without symbols, a call to a little before is one of the function") {
    Source source(elf::kX86_64, {0x1500, 0x1400});
    put_call(source, 0x1500, 0x1900);
    put_call(source, 0x1400, 0x1780);
    CHECK(scan(source, 0x1800, none)->pc == 0x1400);
    CHECK_FALSE(scan(source, 0x1700, none));
}

TEST_CASE("stack scan: the frame pointer that the frame below has saved") {
    constexpr std::uint64_t kFrame = kStack + 64;
    Source source(elf::kX86_64, {0x10, kFrame, 5, 0x1400});
    put_indirect_call(source, 0x1400);
    const auto with_frame = [&](const Registers& each, Candidate how) {
        return how == Candidate::guessed && each.by_number(6) == kFrame;
    };
    const auto found = scan(source, 0x1800, with_frame);
    REQUIRE(found);
    CHECK(found->pc == 0x1400);
    CHECK(found->by_number(6) == kFrame);
    CHECK(found->by_number(7) == kStack + 32);
}

TEST_CASE("stack scan: nothing is found where the stack ends, or no call has been") {
    Source source(elf::kX86_64, {1, 0x1500, 0x1400, 0});
    put_indirect_call(source, 0x1400);
    CHECK_FALSE(scan(source, 0x1800, none));
    CHECK_FALSE(scan(source, 0x1800, any, kStack + 24));
    CHECK_FALSE(scan(source, 0x1800, any, kStack + 3));
    CHECK_FALSE(scan(source, 0x1800, any, 0x10));
}
