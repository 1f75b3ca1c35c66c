// Stops threads of a living process, and lets each go as it was found.
#pragma once

#include <chrono>
#include <functional>
#include <unordered_set>
#include <vector>

#include "process/live/ended_threads.h"

namespace symline::process {

/// By ptrace. All of it happens in one thread of this program, and that thread has to end soon
/// after: a thread that did not stop cannot be let go, and is so when its tracer ends
/// (exit_ptrace() in the kernel's kernel/ptrace.c).
class ThreadStopper {
public:
    enum class State {
        asked,    ///< has not stopped yet
        stopped,  ///< stands still
        let_go,
        ended,
        refused,  ///< may not be traced; see `error`
    };
    struct Thread {
        int id = 0;
        State state = State::asked;
        /// The signal that it stopped for before it was delivered: it is, once the thread goes on.
        int signal = 0;
        int error = 0;  ///< errno
    };

    explicit ThreadStopper(EndedThreads& ended) : ended_(ended) {}
    ThreadStopper(const ThreadStopper&) = delete;
    ThreadStopper& operator=(const ThreadStopper&) = delete;
    ~ThreadStopper();

    /// Does not wait. Asked again of the same thread, nothing happens.
    void ask(int id);
    /// Takes note of those that have stopped or ended since. The number that have not.
    std::size_t collect();
    /// Until none is awaited, `enough` says so, or the time is over.
    void wait(
        std::chrono::steady_clock::time_point until,
        const std::function<bool()>& enough = [] { return false; });
    void let_go(Thread& thread);
    /// In the order in which they were asked.
    std::vector<Thread>& threads() { return threads_; }

private:
    EndedThreads& ended_;
    std::vector<Thread> threads_;
    std::unordered_set<int> asked_;
};

}  // namespace symline::process
