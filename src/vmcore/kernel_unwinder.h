// From the registers of a CPU, or the place where a task was switched from, to the stack's frames:
// by ORC, as the kernel itself does it (arch/x86/kernel/unwind_orc.c), through interrupts,
// exceptions and the change of stacks they bring.
#pragma once

#include <optional>
#include <vector>

#include "symline/stack_trace.h"
#include "vmcore/dump_notes.h"
#include "vmcore/kernel_memory.h"
#include "vmcore/orc.h"

namespace symline::vmcore {

class KernelUnwinder {
public:
    /// `memory` is borrowed. `tables` cover all code of the kernel and its modules; one without
    /// entries says where code is, but not how to unwind it.
    KernelUnwinder(const KernelBytes& memory, std::vector<OrcTable> tables, OrcFormat format);

    /// Frames, and why there are no more: of what a StackTrace holds, no more is known here.
    StackTrace unwind(const KernelRegisters& registers, std::size_t max_frames = kMaxFrames) const;
    /// Of a task that does not run: `stack_pointer` is its thread.sp, where struct
    /// inactive_task_frame lies.
    StackTrace unwind_switched_from(std::uint64_t stack_pointer,
                                    std::size_t max_frames = kMaxFrames) const;

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
