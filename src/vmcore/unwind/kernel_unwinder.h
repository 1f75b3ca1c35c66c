// From the registers of a CPU, or the place where a task was switched from, to the stack's frames:
// by ORC, as the kernel itself does it (arch/x86/kernel/unwind_orc.c), through interrupts,
// exceptions and the change of stacks they bring.
#pragma once

#include <optional>
#include <vector>

#include "symline/stack_trace.h"
#include "vmcore/format/dump_notes.h"
#include "vmcore/memory/kernel_memory.h"
#include "vmcore/unwind/orc.h"
#include "vmcore/unwind/stack_unwinder.h"

namespace symline::vmcore {

class KernelUnwinder : public StackUnwinder {
public:
    /// `memory` is borrowed. `tables` cover all code of the kernel and its modules; one without
    /// entries says where code is, but not how to unwind it.
    KernelUnwinder(const KernelBytes& memory, std::vector<OrcTable> tables, OrcFormat format);

    StackTrace unwind(const CpuRegisters& registers,
                      std::size_t max_frames = kMaxKernelFrames) const override;
    /// The task's stack pointer is its thread.sp, where struct inactive_task_frame lies.
    StackTrace unwind_switched_from(const DumpedTask& task,
                                    std::size_t max_frames = kMaxKernelFrames) const override;

    bool is_code(std::uint64_t address) const { return table_at(address) != nullptr; }

private:
    struct State;
    class Walk;
    const OrcTable* table_at(std::uint64_t address) const;

    const KernelBytes& memory_;
    std::vector<OrcTable> tables_;  ///< by address
    OrcFormat format_;
};

}  // namespace symline::vmcore
