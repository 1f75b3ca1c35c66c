// The state of a task, as its kernel encodes it.
#pragma once

#include <cstdint>
#include <string_view>

#include "symline/kernel_task.h"

namespace symline::vmcore {

/// The bits whose meaning depends on the kernel's version.
struct TaskStateBits {
    std::uint64_t zombie = 0, dead = 0, parked = 0;

    /// Linux 3.14 (ad86622b478e, "wait: swap EXIT_ZOMBIE and EXIT_DEAD to hide EXIT_TRACE from
    /// user-space") exchanged two; 4.14 (8ef9925b02c2, "sched/debug: Add explicit TASK_PARKED
    /// printing") moved TASK_PARKED from 0x200 to where it is reported.
    static TaskStateBits of_release(std::string_view release);
    /// By the first letters of the kernel's own task_state_array (fs/proc/array.c), whose elements
    /// after the first are of 1, 2, 4 and so on: distributions move changes to older releases.
    static TaskStateBits of_letters(std::string_view letters);
};

/// As task_state_index() of include/linux/sched.h (before 4.14: get_task_state() of
/// fs/proc/array.c) has it, from task_struct::__state (before 5.14: `state`) and
/// task_struct::exit_state.
TaskState task_state(std::uint64_t state, std::uint64_t exit_state, const TaskStateBits& bits);

}  // namespace symline::vmcore
