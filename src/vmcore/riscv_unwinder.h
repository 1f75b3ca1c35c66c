// Stacks of riscv64 kernels, by the chain of frame pointers, through exceptions:
// arch/riscv/kernel/stacktrace.c and entry.S of Linux.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "vmcore/kernel_memory.h"
#include "vmcore/stack_unwinder.h"

namespace symline::vmcore {

class RiscvUnwinder : public StackUnwinder {
public:
    struct CodeRange {
        std::uint64_t begin = 0, end = 0;
    };
    struct Kernel {
        /// Of the kernel and its modules.
        std::vector<CodeRange> code;
        /// Of what an exception enters and leaves by, which has its struct pt_regs at the top of
        /// its stack.
        CodeRange entry;
        /// Where the function at an address begins; nothing where that is not known.
        std::function<std::optional<std::uint64_t>(std::uint64_t)> function_start;
    };

    /// `memory` is borrowed.
    RiscvUnwinder(const KernelBytes& memory, Kernel kernel);

    StackTrace unwind(const CpuRegisters& registers,
                      std::size_t max_frames = kMaxFrames) const override;
    StackTrace unwind_switched_from(const DumpedTask& task,
                                    std::size_t max_frames = kMaxFrames) const override;

    bool is_code(std::uint64_t address) const;

private:
    class Walk;

    const KernelBytes& memory_;
    Kernel kernel_;
};

}  // namespace symline::vmcore
