// Stacks of s390x kernels, by the back chain, through interrupts and exceptions and the change of
// stacks they bring: arch/s390/kernel/unwind_bc.c and entry.S of Linux.
#pragma once

#include <functional>

#include "dwarf/call_frames.h"
#include "vmcore/frame_walk.h"
#include "vmcore/kernel_memory.h"
#include "vmcore/stack_unwinder.h"

namespace symline::vmcore {

class S390Unwinder : public StackUnwinder {
public:
    /// Of struct stack_frame, which each stack pointer leads to: in bytes.
    struct FrameLayout {
        std::uint64_t back_chain = 0;  ///< the caller's stack pointer
        /// Where the function that was called saved the return address, r14.
        std::uint64_t return_address = 112;
        std::uint64_t size = 160;
    };
    struct Kernel {
        KernelCode code;
        FrameLayout frame;
        /// Where the program status word is in struct pt_regs, before the general registers.
        std::uint64_t psw_in_pt_regs = 8;
        /// Stacks are as large, and begin at multiples of it.
        std::uint64_t stack_size = 16384;
        /// What the addresses of memory are above the physical ones.
        std::uint64_t identity_base = 0;
        /// Of addresses of code.
        std::function<std::optional<dwarf::CallFrame>(std::uint64_t)> call_frame;
    };

    /// `memory` is borrowed.
    S390Unwinder(const KernelBytes& memory, Kernel kernel);

    StackTrace unwind(const CpuRegisters& registers,
                      std::size_t max_frames = kMaxFrames) const override;
    StackTrace unwind_switched_from(const DumpedTask& task,
                                    std::size_t max_frames = kMaxFrames) const override;

private:
    class Walk;

    const KernelBytes& memory_;
    Kernel kernel_;
};

}  // namespace symline::vmcore
