#include "process/live/ended_threads.h"

#include <sys/wait.h>

#include <chrono>

namespace symline::process {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(5);

/// A stop is left to the tracer. False where there is no such thread any more.
bool wait_if_ended(int id) {
    siginfo_t info{};
    const auto thread = static_cast<id_t>(id);
    if (::waitid(P_PID, thread, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0) return false;
    const bool ended =
        info.si_pid == id &&
        (info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED);
    if (ended) ::waitid(P_PID, thread, &info, WEXITED | WNOHANG | __WALL);
    return !ended;
}

}  // namespace

void EndedThreads::add(int id) {
    if (id == pid_) return;
    const std::scoped_lock lock(mutex_);
    ids_.push_back(id);
}

void EndedThreads::wait_for_all() {
    std::unique_lock lock(mutex_);
    while (!closing_.wait_for(lock, kInterval, [this] { return closed_; })) {
        std::erase_if(ids_, [](int id) { return !wait_if_ended(id); });
    }
}

void EndedThreads::close() {
    {
        const std::scoped_lock lock(mutex_);
        closed_ = true;
    }
    closing_.notify_all();
}

}  // namespace symline::process
