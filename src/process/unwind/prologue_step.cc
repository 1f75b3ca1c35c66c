#include "process/unwind/prologue_step.h"

#include "elf/constants.h"
#include "process/unwind/arm_exidx.h"
#include "process/unwind/mips_prologue.h"

namespace symline::process {

std::optional<Registers> step_by_prologue(const UnwindSource& source, const Registers& registers,
                                          CodeKind pc_kind) {
    if (!source.is_code(registers.pc)) return std::nullopt;
    switch (source.machine().machine) {
        case elf::kArm: return step_by_arm_prologue(source, registers, pc_kind);
        case elf::kMips: return step_by_mips_prologue(source, registers, pc_kind);
        default: return std::nullopt;
    }
}

}  // namespace symline::process
