// Stacks of 64-bit Power kernels, by the chain of back chain words (64-Bit ELF V2 ABI, "The Stack
// Frame"), through exceptions: arch/powerpc/kernel/process.c and stacktrace.c of Linux.
#pragma once

#include <functional>
#include <optional>

#include "dwarf/call_frames.h"
#include "vmcore/frame_walk.h"
#include "vmcore/kernel_memory.h"
#include "vmcore/stack_unwinder.h"

namespace symline::vmcore {

class Ppc64Unwinder : public StackUnwinder {
public:
    struct Kernel {
        KernelCode code;
        /// What is known of the frame at an instruction: its registers are those of DWARF.
        std::function<std::optional<dwarf::CallFrame>(std::uint64_t)> call_frame;
    };

    /// `memory` is borrowed.
    Ppc64Unwinder(const KernelBytes& memory, Kernel kernel);

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
