// Stacks of riscv64 kernels, by the chain of frame pointers, through exceptions:
// arch/riscv/kernel/stacktrace.c and entry.S of Linux.
#pragma once

#include "vmcore/memory/kernel_memory.h"
#include "vmcore/unwind/frame_walk.h"
#include "vmcore/unwind/stack_unwinder.h"

namespace symline::vmcore {

class RiscvUnwinder : public StackUnwinder {
public:
    struct Kernel {
        KernelCode code;
        /// Of what an exception enters and leaves by, which has its struct pt_regs at the top of
        /// its stack.
        CodeRange entry;
    };

    /// `memory` is borrowed.
    RiscvUnwinder(const KernelBytes& memory, Kernel kernel);

    StackTrace unwind(const CpuRegisters& registers,
                      std::size_t max_frames = kMaxKernelFrames) const override;
    StackTrace unwind_switched_from(const DumpedTask& task,
                                    std::size_t max_frames = kMaxKernelFrames) const override;

private:
    class Walk;

    const KernelBytes& memory_;
    Kernel kernel_;
};

}  // namespace symline::vmcore
