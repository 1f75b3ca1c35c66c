// What a user asks of a task: its state, its process, its memory, and how long it has been waiting.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "symline/kernel_task.h"
#include "vmcore/format/vmcoreinfo.h"
#include "vmcore/kernel_tasks.h"
#include "vmcore/kernel_view.h"
#include "vmcore/task_state.h"

namespace symline::vmcore {

class TaskFacts {
public:
    /// Both are borrowed. `tasks` is how many will be read.
    TaskFacts(KernelView& kernel, const Vmcoreinfo& info, std::size_t tasks);

    /// What of it can be read; KernelTask::on_cpu is left to the caller.
    KernelTask read(const DumpedTask& task);
    /// How long it has been off its CPU.
    std::optional<std::chrono::nanoseconds> waiting(const KernelTask& task);

private:
    /// Of a CPU's run queue, in nanoseconds: both go on together, but that one may leave out
    /// interrupts and the time that a hypervisor took.
    struct Clocks {
        std::uint64_t clock = 0;
        std::uint64_t task_clock = 0;
    };
    /// Of a process.
    struct MemorySize {
        std::uint64_t address = 0;  ///< of its mm_struct
        std::optional<std::uint64_t> mapped, resident;
    };

    TaskStateBits state_bits(std::string_view release);
    void read_clocks();
    std::optional<TaskState> state(std::uint64_t task);
    std::optional<unsigned> cpu(std::uint64_t task);
    const MemorySize& memory_of(std::uint64_t address);
    std::optional<std::uint64_t> resident_pages(std::uint64_t memory);
    std::optional<std::uint64_t> percpu_sum(std::uint64_t counter);
    std::optional<std::uint64_t> number(std::uint64_t task, std::string_view path) {
        return kernel_.number(task, "task_struct", path);
    }

    KernelView& kernel_;
    TaskStateBits bits_;
    std::uint64_t page_size_;
    std::vector<std::optional<Clocks>> clocks_;  ///< by CPU
    std::uint64_t now_ = 0;                      ///< the newest of the clocks
    MemorySize memory_;                          ///< that was asked for last, for threads share it
    /// Counters are summed up over all CPUs. Else they are what /proc has of them.
    bool exact_counters_ = true;
};

}  // namespace symline::vmcore
