// One task of a crashed kernel: who it is, what it was doing, and since when.
//
//     for (const symline::KernelTask& task : dump.tasks())
//         if (task.state == symline::TaskState::uninterruptible && task.waiting > 120s)
//             std::cout << task.pid << ' ' << task.name << " hangs\n";
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "symline/address.h"

namespace symline {

/// What ps shows: the states of /proc/PID/stat.
enum class TaskState {
    running,          ///< R, on a CPU or ready for one
    sleeping,         ///< S
    uninterruptible,  ///< D
    stopped,          ///< T
    traced,           ///< t, stopped by a debugger
    dead,             ///< X
    zombie,           ///< Z
    parked,           ///< P
    idle,             ///< I, a kernel thread without work
};
/// 'R'
[[nodiscard]] char letter(TaskState state);
/// As /proc/PID/status has it: "running", "disk sleep", "tracing stop".
[[nodiscard]] std::string_view describe(TaskState state);
/// From ps's letter ("D"), crash's two ("UN"), or a word: that of describe(), "uninterruptible" or
/// "blocked" for D, "interruptible" for S, "traced" for t. Nothing when it is none of them.
[[nodiscard]] std::optional<TaskState> parse_task_state(std::string_view text);

struct KernelTask {
    int pid = 0;  ///< of the thread; the idle task of each CPU has 0
    /// Of the process.
    std::optional<int> tgid;
    std::optional<int> ppid;  ///< of the process's parent
    std::string name;         ///< its comm: at most 15 bytes, chosen by the task
    std::optional<TaskState> state;
    /// Where it runs, or ran last.
    std::optional<unsigned> cpu;
    bool on_cpu = false;  ///< that CPU was running it
    bool kernel_thread = false;
    std::optional<std::uint32_t> uid;  ///< the effective one
    /// In bytes, of the process; 0 for a kernel thread. From Linux 6.2 on /proc shows somewhat less
    /// as resident, for it leaves out what each CPU has counted last; so is it here where CPUs and
    /// tasks are many.
    std::optional<std::uint64_t> virtual_size, resident_size;
    /// How long a task that no CPU runs has been off its CPU, one that is ready has been waiting
    /// for it: by the clocks of the scheduler, which stand still while all CPUs idle.
    std::optional<std::chrono::nanoseconds> waiting;
    RuntimeAddress address;  ///< of its task_struct
};

}  // namespace symline
