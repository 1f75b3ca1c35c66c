#include "process/live/refusal.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/file_text.h"
#include "process/live/thread_status.h"

namespace symline::process {
namespace {

/// Who may look at a process: its files in /proc belong to its user, or to root where it has other
/// rights than its user (a setuid program), or was made not dumpable (prctl(2)).
std::string who_may(int pid) {
    struct stat status{};
    if (::stat(("/proc/" + std::to_string(pid) + "/status").c_str(), &status) != 0) return {};
    if (status.st_uid == ::geteuid()) return {};
    if (status.st_uid == 0) return ": it is for root alone to look at";
    return ": it is for user " + std::to_string(status.st_uid) + " and root to look at";
}

/// Of kernel threads the link is there, and leads nowhere.
bool is_kernel_thread(const std::string& program) {
    std::array<char, 1> target{};
    return ::readlink(program.c_str(), target.data(), target.size()) < 0 && errno == ENOENT;
}

std::string reason(int pid, int tid, int number) {
    if (std::ranges::binary_search(thread_ids(::getpid()), tid)) return "it is this process itself";
    if (const int tracer = tracer_of(pid, tid); tracer != 0) {
        const auto name = thread_name(tracer, tracer);
        return "process " + std::to_string(tracer) + " traces it" +
               (name.empty() ? "" : " (" + name + ")");
    }
    std::string words = std::strerror(number);
    if (number != EPERM) return words;
    return words + tracing_rule(base::file_text("/proc/sys/kernel/yama/ptrace_scope"));
}

}  // namespace

std::string tracing_rule(std::string_view scope) {
    // Documentation/admin-guide/LSM/Yama.rst
    constexpr std::array<std::string_view, 4> kWho{"", "the process's ancestors and root", "root",
                                                   "nobody"};
    const auto level = scope.empty() ? 0U : static_cast<unsigned>(scope[0] - '0');
    if (level == 0 || level >= kWho.size()) return {};
    return ": kernel.yama.ptrace_scope is " + std::to_string(level) + ", which allows it to " +
           std::string(kWho[level]) + " alone";
}

Error why_not_opened(int pid, const Error& found) {
    const auto path = "/proc/" + std::to_string(pid) + "/exe";
    // Of a first thread that has ended the others may live.
    const auto state = thread_state(pid, living_thread(pid));
    if (!state) return {ErrorCode::not_found, path, "there is no such process"};
    if (*state == 'Z' || *state == 'X') {
        return {ErrorCode::unreadable, path, "the process has ended (a zombie)"};
    }
    if (is_kernel_thread(path)) {
        return {ErrorCode::unreadable, path, "a thread of the kernel, which has no program"};
    }
    if (found.code != ErrorCode::unreadable) return found;
    return {found.code, path, found.message + who_may(pid)};
}

Error why_not_stopped(int pid, int tid, int number) {
    return {ErrorCode::unreadable, {}, "it cannot be stopped: " + reason(pid, tid, number)};
}

}  // namespace symline::process
