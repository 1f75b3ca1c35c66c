#include "process/live/thread_status.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "elf/constants.h"

using namespace symline;
using namespace symline::process;

TEST_CASE("thread status: where a thread is blocked") {
    const auto blocked = parse_blocked_at("58 0x1 0x22 0x333 0x0 0x5 0x6 0x7ffe0010 0x7f00b3b8\n");
    REQUIRE(blocked);
    CHECK(blocked->system_call == 58);
    CHECK(blocked->arguments[2] == 0x333);
    CHECK(blocked->sp == 0x7ffe0010);
    CHECK(blocked->pc == 0x7f00b3b8);

    const auto fault = parse_blocked_at("-1 0x7ffe0010 0x401000");
    REQUIRE(fault);
    CHECK_FALSE(fault->system_call);
    CHECK(fault->pc == 0x401000);

    CHECK_FALSE(parse_blocked_at("running\n"));
    CHECK_FALSE(parse_blocked_at(""));
    CHECK_FALSE(parse_blocked_at("58 0x1 0x22"));
    CHECK_FALSE(parse_blocked_at("-1 0x7ffe0010"));
    CHECK_FALSE(parse_blocked_at("-2 0x7ffe0010 0x401000"));
}

TEST_CASE("thread status: a system call's arguments are in registers") {
    const auto blocked = parse_blocked_at("58 0x1 0x2 0x3 0x4 0x5 0x6 0x7ffe0010 0x7f00b3b8");
    REQUIRE(blocked);
    const auto x86 = registers_of(*blocked, *machine_facts(elf::kX86_64, 8));
    CHECK(x86.pc == 0x7f00b3b8);
    CHECK(x86.by_number(7) == 0x7ffe0010);  // rsp
    CHECK(x86.by_number(5) == 1);           // rdi
    CHECK(x86.by_number(10) == 4);          // r10
    CHECK_FALSE(x86.by_number(6));          // rbp
    const auto arm = registers_of(*blocked, *machine_facts(elf::kArm64, 8));
    CHECK(arm.pc == 0x7f00b3b8);
    CHECK(arm.by_number(31) == 0x7ffe0010);
    CHECK_FALSE(arm.by_number(0));
}

TEST_CASE("thread status: of this thread") {
    const int pid = ::getpid();
    CHECK(thread_state(pid, pid) == 'R');
    CHECK(thread_name(pid, pid) == "symline_unit");
    CHECK(thread_ids(pid).front() == pid);
    CHECK(living_thread(pid) == pid);
    CHECK_FALSE(has_ended(pid, pid));
    CHECK_FALSE(thread_state(pid, 0x7ffffff0));
    CHECK(has_ended(pid, 0x7ffffff0));
    CHECK(thread_ids(0x7ffffff0).empty());
}
