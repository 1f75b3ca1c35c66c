// Stacks of 64-bit Power kernels, by the chain of back chain words (64-Bit ELF V2 ABI, "The Stack
// Frame"), through exceptions: arch/powerpc/kernel/process.c and stacktrace.c of Linux.
#pragma once

#include "vmcore/unwind/back_chain_walk.h"
#include "vmcore/unwind/stack_unwinder.h"

namespace symline::vmcore {

class Ppc64Unwinder : public StackUnwinder {
public:
    using Kernel = BackChainKernel;
    static constexpr BackChainLayout kFrame{
        .back_chain = 0, .return_address = 16, .cfa = 0, .link_register = 65};

    /// `memory` is borrowed.
    Ppc64Unwinder(const KernelBytes& memory, Kernel kernel);

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
