#include "process/live/thread_stopper.h"

#include <doctest/doctest.h>
#include <pthread.h>

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

using State = ThreadStopper::State;

/// Has a second thread, and executes another program when it is sent SIGUSR1.
void execute_later() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
    pthread_t other{};
    ::pthread_create(&other, nullptr, [](void*) -> void* { rest(); }, nullptr);
    int signal = 0;
    ::sigwait(&set, &signal);
    ::execl("/bin/sleep", "sleep", "1000", nullptr);
}

/// In a thread of its own, beside one that waits for what ends.
void trace(int pid, const std::function<void(ThreadStopper&)>& work) {
    EndedThreads ended(pid);
    std::jthread waiting([&] { ended.wait_for_all(); });
    std::thread([&] {
        ThreadStopper stopper(ended);
        work(stopper);
    }).join();
    ended.close();
}

State stopped_state(ThreadStopper& stopper, int id) {
    stopper.ask(id);
    stopper.wait(std::chrono::steady_clock::now() + 10s);
    return stopper.threads().back().state;
}

bool may_trace() {
    const Child child(rest);
    State state{};
    trace(child.pid(),
          [&](ThreadStopper& stopper) { state = stopped_state(stopper, child.pid()); });
    return state == State::stopped;
}

}  // namespace

TEST_CASE("a thread is stopped, and let go at the latest when its tracer ends") {
    if (!may_trace()) return;
    const Child child(rest);
    REQUIRE(soon([&] { return thread_state(child.pid(), child.pid()) == 'S'; }));
    trace(child.pid(), [&](ThreadStopper& stopper) {
        CHECK(stopped_state(stopper, child.pid()) == State::stopped);
        CHECK(thread_state(child.pid(), child.pid()) == 't');
        stopper.ask(child.pid());
        CHECK(stopper.threads().size() == 1);
    });
    CHECK(soon([&] { return thread_state(child.pid(), child.pid()) == 'S'; }));
    CHECK(tracer_of(child.pid(), child.pid()) == 0);
}

TEST_CASE("a thread that ends while it is stopped, and one that is not there") {
    if (!may_trace()) return;
    const Child child(rest);
    trace(child.pid(), [&](ThreadStopper& stopper) {
        CHECK(stopped_state(stopper, child.pid()) == State::stopped);
        ::kill(child.pid(), SIGKILL);
        CHECK(soon([&] { return has_ended(child.pid(), child.pid()); }));
        CHECK(stopped_state(stopper, 0x7ffffffe) == State::ended);
    });
    CHECK(soon([&] { return thread_state(child.pid(), child.pid()) == 'Z'; }));
    CHECK(tracer_of(child.pid(), child.pid()) == 0);
}

TEST_CASE("a program is executed while one of its threads stands still and another is asked") {
    if (!may_trace()) return;
    const Child child(execute_later);
    REQUIRE(soon([&] { return thread_ids(child.pid()).size() == 2; }));
    const int other = thread_ids(child.pid()).back();
    std::atomic<bool> finished = false;
    std::jthread tracer([&] {
        trace(child.pid(), [&](ThreadStopper& stopper) {
            CHECK(stopped_state(stopper, other) == State::stopped);
            ::kill(child.pid(), SIGUSR1);
            CHECK(soon([&] { return has_ended(child.pid(), other); }));
            stopper.ask(child.pid());
        });
        finished = true;
    });
    CHECK(soon([&] { return finished.load(); }));
    // Else both would wait for ever.
    if (!finished) ::kill(child.pid(), SIGKILL);
    tracer.join();
    CHECK(soon([&] { return thread_name(child.pid(), child.pid()) == "sleep"; }));
}
