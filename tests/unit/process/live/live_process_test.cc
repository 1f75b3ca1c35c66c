#include "process/live/live_process.h"

#include <doctest/doctest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "process/live/thread_status.h"
#include "support/child.h"

using namespace symline;
using namespace symline::process;
using namespace symline::test;
using namespace std::chrono_literals;

namespace {

/// What a child and this process both see.
struct Shared {
    std::atomic<int> delivered{0};
    std::atomic<int> sent{0};
    std::atomic<bool> done{false};
};

Shared& shared() {
    static auto* const page = new (::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                                          MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Shared;
    return *page;
}

bool may_trace() {
    const Child child([] { ::pause(); });
    return capture_process(child.pid(), {}).has_value();
}

}  // namespace

TEST_CASE("a living process loses no signal") {
    if (!may_trace()) return;
    constexpr int kLooks = 1000;
    shared().delivered = 0;
    shared().sent = 0;
    shared().done = false;
    // Each signal is queued once more for itself, so that there is always one to be delivered.
    const Child child([] {
        struct sigaction action{};
        action.sa_handler = [](int) { ++shared().delivered; };
        ::sigaction(SIGRTMIN, &action, nullptr);
        while (!shared().done) {
            if (::sigqueue(::getpid(), SIGRTMIN, {}) == 0) ++shared().sent;
        }
        rest();
    });
    REQUIRE(soon([] { return shared().delivered > 0; }));
    int captured = 0;
    for (int i = 0; i < kLooks; ++i) captured += capture_process(child.pid(), {}) ? 1 : 0;
    shared().done = true;
    CHECK(captured == kLooks);
    CHECK(soon([] { return shared().delivered == shared().sent; }));
    CHECK(shared().delivered == shared().sent);
}

TEST_CASE("a process that job control stopped stays stopped") {
    if (!may_trace()) return;
    const Child child(rest);
    REQUIRE(::kill(child.pid(), SIGSTOP) == 0);
    REQUIRE(soon([&] { return thread_state(child.pid(), child.pid()) == 'T'; }));
    const auto live = capture_process(child.pid(), {});
    REQUIRE(live);
    CHECK(live->threads.front().registers);
    CHECK(soon([&] { return thread_state(child.pid(), child.pid()) == 'T'; }));
    REQUIRE(::kill(child.pid(), SIGCONT) == 0);
    CHECK(soon([&] { return thread_state(child.pid(), child.pid()) == 'S'; }));
}

TEST_CASE("a thread that is blocked in the kernel is waited for half a second") {
    if (!may_trace()) return;
    const Child child([] {
        // A parent waits for the child of vfork in state D.
        if (::vfork() == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            rest();
        }
        rest();
    });
    REQUIRE(soon([&] { return thread_state(child.pid(), child.pid()) == 'D'; }));
    const auto began = std::chrono::steady_clock::now();
    const auto live = capture_process(child.pid(), {});
    // Bounded: it would be the life of the other process.
    CHECK(std::chrono::steady_clock::now() - began < 30s);
    REQUIRE(live);
    REQUIRE(live->threads.size() == 1);
    const CoreThread& blocked = live->threads.front();
    REQUIRE(blocked.unstopped);
    CHECK(blocked.unstopped->state == 'D');
    CHECK(blocked.unstopped->system_call);
    REQUIRE(blocked.registers);
    std::uint64_t word = 0;
    const auto sp = blocked.registers->by_number(
        machine_facts(live->machine, live->format.size)->stack_pointer);
    REQUIRE(sp);
    CHECK(live->memory->read(*sp, {reinterpret_cast<std::uint8_t*>(&word), sizeof word}));
    // Nobody traces it any more.
    CHECK(soon([&] { return tracer_of(child.pid(), child.pid()) == 0; }));
}

TEST_CASE("the first thread has ended, and the others live") {
    if (!may_trace()) return;
    const Child child([] {
        pthread_t other{};
        ::pthread_create(&other, nullptr, [](void*) -> void* { rest(); }, nullptr);
        ::syscall(SYS_exit, 0);
    });
    REQUIRE(soon([&] { return thread_state(child.pid(), child.pid()) == 'Z'; }));
    const auto live = capture_process(child.pid(), {});
    REQUIRE(live);
    REQUIRE(live->threads.size() == 2);
    CHECK(live->threads[0].missing == "the thread has ended");
    CHECK(live->threads[1].registers);
    CHECK_FALSE(live->mappings.empty());
}

TEST_CASE("one thread alone is stopped") {
    if (!may_trace()) return;
    const Child child(rest);
    const auto none = capture_process(child.pid(), {child.pid() + 100000});
    REQUIRE(none);
    CHECK(none->threads.empty());
    const Child other(rest);
    const auto of_another = capture_process(child.pid(), {other.pid()});
    REQUIRE(of_another);
    CHECK(of_another->threads.empty());
    const auto one = capture_process(child.pid(), {child.pid()});
    REQUIRE(one);
    CHECK(one->threads.size() == 1);
}

TEST_CASE("a process that another one traces, and one that has ended") {
    if (!may_trace()) return;
    const Child child(rest);
    const Child tracer([&] {
        ::ptrace(PTRACE_SEIZE, child.pid(), nullptr, nullptr);
        rest();
    });
    REQUIRE(soon([&] { return tracer_of(child.pid(), child.pid()) == tracer.pid(); }));
    const auto traced = capture_process(child.pid(), {});
    REQUIRE_FALSE(traced);
    CHECK(traced.error().message == "it cannot be stopped: process " +
                                        std::to_string(tracer.pid()) + " traces it (symline_unit)");

    const Child ended([] {});
    REQUIRE(soon([&] { return thread_state(ended.pid(), ended.pid()) == 'Z'; }));
    const auto zombie = capture_process(ended.pid(), {});
    REQUIRE_FALSE(zombie);
    CHECK(zombie.error().message == "the process has ended (a zombie)");
}
