// Stacks of arm64 kernels, by the chain of frame records (AAPCS64, "The Frame Pointer"), through
// exceptions: arch/arm64/kernel/stacktrace.c and entry.S of Linux.
#pragma once

#include <optional>

#include "vmcore/memory/kernel_memory.h"
#include "vmcore/unwind/frame_walk.h"
#include "vmcore/unwind/stack_unwinder.h"

namespace symline::vmcore {

class Arm64Unwinder : public StackUnwinder {
public:
    struct Kernel {
        KernelCode code;
        /// Where an exception enters.
        CodeRange entries;
        /// Of the frame record in struct pt_regs, which begins with the registers; nothing: stacks
        /// end at exceptions.
        std::optional<std::uint64_t> record_in_pt_regs;
        /// Of addresses that are signed.
        std::uint64_t signature_bits = 0;
    };

    /// `memory` is borrowed.
    Arm64Unwinder(const KernelBytes& memory, Kernel kernel);

    StackTrace unwind(const CpuRegisters& registers,
                      std::size_t max_frames = kMaxKernelFrames) const override;
    StackTrace unwind_switched_from(const DumpedTask& task,
                                    std::size_t max_frames = kMaxKernelFrames) const override;

    /// An address without its signature.
    std::uint64_t unsigned_address(std::uint64_t address) const;

private:
    class Walk;

    const KernelBytes& memory_;
    Kernel kernel_;
};

}  // namespace symline::vmcore
