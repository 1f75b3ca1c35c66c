// What /proc says of one thread of a living process.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "process/registers/registers.h"
#include "symline/stack_trace.h"

namespace symline::process {

/// Those that there are now, by number.
std::vector<int> thread_ids(int pid);
/// One that has not ended, whose folder below /proc says what the process's own does not once its
/// first thread has ended; `pid` itself where that one, or none, lives.
int living_thread(int pid);
/// Its comm: at most 15 bytes.
std::string thread_name(int pid, int tid);
/// 'R', 'S', 'D', ...; nothing where there is no such thread.
std::optional<char> thread_state(int pid, int tid);
/// Also true where there is no such thread.
bool has_ended(int pid, int tid);
/// The process that traces a thread; 0: none.
int tracer_of(int pid, int tid);

/// /proc/PID/task/TID/syscall of a thread that is blocked in the kernel.
struct BlockedAt {
    std::optional<std::uint64_t> system_call;  ///< nothing for an exception, such as a page fault
    std::array<std::uint64_t, 6> arguments{};
    std::uint64_t sp = 0;  ///< in user space
    std::uint64_t pc = 0;
};
/// Nothing for "running", and for what cannot be read.
std::optional<BlockedAt> parse_blocked_at(std::string_view text);
/// What is known of a thread's registers from there: where it is in user space, and, on x86-64, the
/// system call's arguments, which it keeps in registers.
Registers registers_of(const BlockedAt& blocked, const MachineFacts& facts);

/// What a thread does that cannot be stopped.
UnstoppedThread describe_unstopped(int pid, int tid, const std::optional<BlockedAt>& blocked);

}  // namespace symline::process
