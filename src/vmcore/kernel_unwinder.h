// From the registers of a CPU, or the place where a task was switched from, to the stack's frames:
// by ORC, as the kernel itself does it (arch/x86/kernel/unwind_orc.c), through interrupts,
// exceptions and the change of stacks they bring.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vmcore/dump_notes.h"
#include "vmcore/kernel_memory.h"
#include "vmcore/orc.h"

namespace symline::vmcore {

enum class KernelUnwind {
    registers,       ///< frame 0
    orc,             ///< the unwind table
    frame_pointer,   ///< saved frame pointers
    return_address,  ///< the top of the stack, after a call to where no code is
};
std::string_view describe(KernelUnwind way);

struct KernelFrame {
    std::uint64_t pc = 0;
    std::uint64_t sp = 0;
    /// Looked up at pc itself: frame 0, and what an interrupt or exception stopped. Others at pc
    /// - 1.
    bool exact = false;
    KernelUnwind unwound_by = KernelUnwind::orc;
    bool user = false;  ///< in user space: the kernel's stack ends here
};

struct KernelStack {
    std::vector<KernelFrame> frames;
    std::string stopped;  ///< why there are no more; empty: the outermost frame was reached
};

class KernelUnwinder {
public:
    static constexpr std::size_t most_frames = 16384;

    /// `memory` is borrowed. `tables` cover all code of the kernel and its modules; one without
    /// entries says where code is, but not how to unwind it.
    KernelUnwinder(const KernelBytes& memory, std::vector<OrcTable> tables, OrcFormat format);

    KernelStack unwind(const KernelRegisters& registers) const;
    /// Of a task that does not run: `stack_pointer` is its thread.sp, where struct
    /// inactive_task_frame lies.
    KernelStack unwind_switched_from(std::uint64_t stack_pointer) const;

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
