#include "process/live/refusal.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cerrno>

#include "support/child.h"

using namespace symline;
using namespace symline::process;
using namespace symline::test;

namespace {

std::string opened(int pid, ErrorCode code = ErrorCode::unreadable) {
    return why_not_opened(pid, {code, {}, "Permission denied"}).message;
}

}  // namespace

TEST_CASE("why a process cannot be opened") {
    CHECK(opened(0x7ffffffe) == "there is no such process");
    const Child child(rest);
    // One's own: there is no more to say.
    CHECK(opened(child.pid()) == "Permission denied");
    CHECK(opened(child.pid(), ErrorCode::not_elf) == "Permission denied");
}

TEST_CASE("why another user's process cannot be opened") {
    if (::geteuid() != 0) return;
    const Child child([] {
        if (::setuid(12345) == 0) rest();
    });
    CHECK(soon([&] {
        return opened(child.pid()) == "Permission denied: it is for root alone to look at" ||
               opened(child.pid()) == "Permission denied";
    }));
}

TEST_CASE("why a thread cannot be stopped") {
    const auto own = why_not_stopped(::getpid(), ::getpid(), EPERM);
    CHECK(own.message == "it cannot be stopped: it is this process itself");
    const Child child(rest);
    CHECK(why_not_stopped(child.pid(), child.pid(), EIO).message ==
          "it cannot be stopped: Input/output error");
}

TEST_CASE("who may trace is said where that is restricted") {
    CHECK(tracing_rule("").empty());
    CHECK(tracing_rule("0\n").empty());
    CHECK(tracing_rule("7\n").empty());
    CHECK(tracing_rule("?").empty());
    CHECK(tracing_rule("1\n") ==
          ": kernel.yama.ptrace_scope is 1, which allows it to the process's ancestors and root "
          "alone");
    CHECK(tracing_rule("3\n") ==
          ": kernel.yama.ptrace_scope is 3, which allows it to nobody alone");
}
