// Threads that end while they are traced.
#pragma once

#include <condition_variable>
#include <mutex>
#include <vector>

namespace symline::process {

/// A traced thread that has ended remains, as a zombie, until its tracer has waited for it.
/// execve() in another thread of that process waits for its end, and holds the lock that
/// PTRACE_SEIZE needs (cred_guard_mutex): a tracer that seizes one thread after the other could
/// wait for ever, and the process with it. So another thread of this program waits for those that
/// end meanwhile.
class EndedThreads {
public:
    /// The first thread of the process is no part of that: execve() does not wait for it, and its
    /// status belongs to its parent, which may be this program.
    explicit EndedThreads(int pid) : pid_(pid) {}
    /// By the tracer, for each thread that it has seized.
    void add(int id);
    /// By another thread: returns after close().
    void wait_for_all();
    void close();

private:
    int pid_;
    std::mutex mutex_;
    std::condition_variable closing_;
    bool closed_ = false;
    std::vector<int> ids_;
};

}  // namespace symline::process
