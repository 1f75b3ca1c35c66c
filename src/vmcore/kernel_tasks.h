// The tasks of a crashed kernel, and which of them each CPU was running.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vmcore/kernel_view.h"

namespace symline::vmcore {

struct DumpedTask {
    std::uint64_t address = 0;  ///< of its task_struct
    int pid = 0;
    std::string name;
    /// Where its stack was left when it was switched from; nothing when the dump does not say.
    std::optional<std::uint64_t> stack_pointer;
    /// It has exited, and its stack was given back (put_task_stack()).
    bool stack_gone = false;
    /// The other registers that are kept of it: x86-64 pushes them.
    std::optional<std::uint64_t> frame_pointer, program_counter;
};

constexpr std::uint32_t kMaxCpus = 8192;  ///< NR_CPUS at most

/// A variable of one CPU.
std::optional<std::uint64_t> of_cpu(KernelView& kernel, std::uint64_t variable, unsigned cpu);
/// How many CPUs may have variables of their own.
unsigned possible_cpus(KernelView& kernel);

/// The task that a CPU was running; nothing when it cannot be told.
std::optional<DumpedTask> current_task(KernelView& kernel, unsigned cpu);

/// Every thread, in the order of the kernel's list, without the idle tasks. What cannot be read is
/// added to `problems`.
std::vector<DumpedTask> read_tasks(KernelView& kernel, std::vector<std::string>& problems);

/// The CPU that called panic() or began the crash; nothing when none did.
std::optional<unsigned> panicking_cpu(KernelView& kernel);

}  // namespace symline::vmcore
