#include "process/live/thread_stopper.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <thread>

namespace symline::process {
namespace {

/// The kind of stop that a status of waitpid has in its upper bits; 0: before a signal's delivery.
int stop_event(int status) {
    return status >> 16;
}

void take_note(ThreadStopper::Thread& thread) {
    int status = 0;
    int id = 0;
    do {
        id = ::waitpid(thread.id, &status, __WALL | WNOHANG);
    } while (id < 0 && errno == EINTR);
    if (id == 0) return;
    if (id < 0 || !WIFSTOPPED(status)) {
        thread.state = ThreadStopper::State::ended;
        return;
    }
    thread.state = ThreadStopper::State::stopped;
    // Ours, and the ones of job control, have an event; the latter last on by themselves.
    if (stop_event(status) == 0) thread.signal = WSTOPSIG(status);
}

}  // namespace

ThreadStopper::~ThreadStopper() {
    for (Thread& each : threads_) let_go(each);
}

void ThreadStopper::ask(int id) {
    if (!asked_.insert(id).second) return;
    Thread thread{.id = id};
    if (::ptrace(PTRACE_SEIZE, id, nullptr, nullptr) != 0) {
        thread.error = errno;
        thread.state = errno == ESRCH ? State::ended : State::refused;
    } else {
        ::ptrace(PTRACE_INTERRUPT, id, nullptr, nullptr);
    }
    threads_.push_back(thread);
}

std::size_t ThreadStopper::collect() {
    std::size_t awaited = 0;
    for (Thread& each : threads_) {
        if (each.state == State::asked) take_note(each);
        if (each.state == State::asked) ++awaited;
    }
    return awaited;
}

void ThreadStopper::wait(std::chrono::steady_clock::time_point until,
                         const std::function<bool()>& enough) {
    using namespace std::chrono_literals;
    constexpr auto kLongestPause = 2ms;
    std::chrono::microseconds pause = 20us;
    while (collect() != 0 && std::chrono::steady_clock::now() < until && !enough()) {
        std::this_thread::sleep_for(pause);
        pause = std::min<std::chrono::microseconds>(2 * pause, kLongestPause);
    }
}

void ThreadStopper::let_go(Thread& thread) {
    if (thread.state != State::stopped) return;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): ptrace takes the signal as an address.
    auto* const signal = reinterpret_cast<void*>(std::intptr_t{thread.signal});
    ::ptrace(PTRACE_DETACH, thread.id, nullptr, signal);
    thread.state = State::let_go;
}

}  // namespace symline::process
