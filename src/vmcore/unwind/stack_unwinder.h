// Unwinding of the stacks of a kernel, whose way depends on the machine.
#pragma once

#include "symline/stack_trace.h"
#include "vmcore/format/dump_notes.h"
#include "vmcore/kernel_tasks.h"

namespace symline::vmcore {

class StackUnwinder {
public:
    virtual ~StackUnwinder() = default;
    /// Frames, and why there are no more: of what a StackTrace holds, no more is known here.
    /// `registers` are those of the unwinder's machine.
    virtual StackTrace unwind(const CpuRegisters& registers,
                              std::size_t max_frames = kMaxKernelFrames) const = 0;
    /// Of a task that does not run.
    virtual StackTrace unwind_switched_from(const DumpedTask& task,
                                            std::size_t max_frames = kMaxKernelFrames) const = 0;
};

}  // namespace symline::vmcore
