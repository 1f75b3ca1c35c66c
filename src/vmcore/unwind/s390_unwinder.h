// Stacks of s390x kernels, by the back chain, through interrupts and exceptions and the change of
// stacks they bring: arch/s390/kernel/unwind_bc.c and entry.S of Linux.
#pragma once

#include "vmcore/unwind/back_chain_walk.h"
#include "vmcore/unwind/stack_unwinder.h"

namespace symline::vmcore {

class S390Unwinder : public StackUnwinder {
public:
    /// Of struct stack_frame, in a kernel with CONFIG_PACK_STACK, as distributions have it.
    static constexpr BackChainLayout kFrame{.back_chain = 152,
                                            .return_address = 136,
                                            .cfa = 160,
                                            .link_register = S390Registers::kLink};
    struct Kernel {
        BackChainKernel chain;
        std::uint64_t frame_size = 160;
        /// Where the program status word is in struct pt_regs, before the general registers.
        std::uint64_t psw_in_pt_regs = 8;
        /// Stacks are as large, and begin at multiples of it.
        std::uint64_t stack_size = 16384;
        /// What the addresses of memory are above the physical ones.
        std::uint64_t identity_base = 0;
    };

    /// `memory` is borrowed.
    S390Unwinder(const KernelBytes& memory, Kernel kernel);

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
