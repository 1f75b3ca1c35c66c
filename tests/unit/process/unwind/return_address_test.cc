#include "process/unwind/return_address.h"

#include <doctest/doctest.h>

#include "process/stack_source.h"

using namespace symline;
using process::call_before;
using process::CallBefore;
using symline::test::StackSource;

TEST_CASE("code returns to an address by the call before it") {
    StackSource source(elf::kX86_64);
    source.put_code(0x1100, {0x90, 0x90, 0xe8, 0x00, 0x01, 0x00, 0x00, 0xff, 0xd0, 0x90});
    CHECK(call_before(source, 0x1107) == CallBefore::yes);
    CHECK(call_before(source, 0x1109) == CallBefore::yes);  // call *%rax
    CHECK(call_before(source, 0x110a) == CallBefore::no);
    CHECK(call_before(source, 0x1101) == CallBefore::unknown);
    CHECK(call_before(source, 0x1200) == CallBefore::unknown);
    CHECK(call_before(source, 0) == CallBefore::unknown);
}

TEST_CASE("bytes of a call that leads to no code are another instruction's") {
    StackSource source(elf::kX86_64);
    source.put_code(0x1100, {0x90, 0x90, 0x90, 0xe8, 0x00, 0x00, 0x01, 0x00, 0x90, 0x90});
    CHECK(call_before(source, 0x1108) == CallBefore::no);
}

TEST_CASE("a branch with link is a call, without it none") {
    StackSource source(elf::kArm64);
    source.put_code(0x1100, {0x40, 0x00, 0x00, 0x94});  // bl
    CHECK(call_before(source, 0x1104) == CallBefore::yes);
    source.put_code(0x1200, {0x40, 0x00, 0x00, 0x14});  // b
    CHECK(call_before(source, 0x1204) == CallBefore::no);
}

TEST_CASE("where a call leads") {
    StackSource source(elf::kX86_64);
    source.put_code(0x1100, {0xe8, 0x00, 0x01, 0x00, 0x00, 0xff, 0xd0, 0x90});
    CHECK(process::call_target(source, 0x1105) == 0x1205);
    CHECK_FALSE(process::call_target(source, 0x1107));  // call *%rax
    CHECK_FALSE(process::call_target(source, 0x1108));
    source.put_code(0x1300, {0xe8, 0x00, 0x00, 0x01, 0x00, 0x90});
    CHECK_FALSE(process::call_target(source, 0x1305));
}

TEST_CASE("the address after the last call of code may be returned to") {
    const StackSource source(elf::kX86_64);
    CHECK(process::is_in_code(source, 0x1000));
    CHECK(process::is_in_code(source, 0x2000));
    CHECK(!process::is_in_code(source, 0x2001));
    CHECK(!process::is_in_code(source, 0xfff));
    CHECK(!process::is_in_code(source, 0));
}
