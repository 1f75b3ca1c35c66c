#include "process/live/thread_stopper.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <thread>

namespace symline::process {
namespace {

/// The kind of stop that a status of waitid has above the signal; 0: before the signal's delivery.
int stop_event(int status) {
    return status >> 8;
}

void take_note(ThreadStopper::Thread& thread) {
    // The status of one that has ended is left to its parent, which may be this program.
    siginfo_t info{};
    constexpr int kLook = WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL;
    const int looked = ::waitid(P_PID, static_cast<id_t>(thread.id), &info, kLook);
    if (looked == 0 && info.si_pid == 0) return;
    if (looked != 0 || (info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED)) {
        thread.state = ThreadStopper::State::ended;
        return;
    }
    info = {};
    constexpr int kTake = WSTOPPED | WNOHANG | __WALL;
    if (::waitid(P_PID, static_cast<id_t>(thread.id), &info, kTake) != 0 || info.si_pid == 0)
        return;
    thread.state = ThreadStopper::State::stopped;
    // Ours, and the ones of job control, have an event; the latter last on by themselves.
    if (stop_event(info.si_status) == 0) thread.signal = info.si_status;
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
        ended_.add(id);
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
