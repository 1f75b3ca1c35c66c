#include "process/unwind/frame_chain.h"

#include "base/hex.h"
#include "process/unwind/code_address.h"
#include "process/unwind/return_address.h"
#include "process/unwind/signal_frame.h"

namespace symline::process {
namespace {

WordFormat format_of(const UnwindSource& source) {
    return {source.machine().word_size, source.big_endian()};
}

/// A call to an address without code has pushed its return address, or left it in the register.
std::expected<ChainStep, NoStep> step_back_from_call(const UnwindSource& source,
                                                     const Registers& registers) {
    const MachineFacts& machine = source.machine();
    ChainStep step{registers, UnwoundBy::return_address};
    std::optional<std::uint64_t> caller;
    if (machine.return_register) {
        caller = registers.by_number(*machine.return_register);
    } else if (const auto sp = registers.by_number(machine.stack_pointer)) {
        caller = read_word(source.memory(), format_of(source), *sp);
        step.registers.set(machine.stack_pointer, *sp + machine.register_size);
    }
    const std::uint64_t pc = code_address(source, registers, caller.value_or(0));
    if (!is_in_code(source, pc) ||
        call_before(source, pc | (*caller & ~machine.code_mask)) == CallBefore::no) {
        return std::unexpected(NoStep{"no code at " + base::hex(registers.pc) +
                                      ", and no return address to be found"});
    }
    step.registers.pc = pc;
    return step;
}

/// Go's code has frame pointers always (cmd/internal/obj/x86, since Go 1.7), but its runtime's
/// assembler has not. With them it returns to what a signal has interrupted as well.
bool keeps_frame_pointer(GoFunction function) {
    return function == GoFunction::injected_call || function == GoFunction::unknown;
}

/// Whether the function `from` may return to `pc`: after a call, to a function that was put there
/// in place of a caller (a signal's trampoline, Go's goexit), or to what a signal has interrupted.
bool may_return_to(const UnwindSource& source, GoFunction from, std::uint64_t pc, CallBefore call) {
    return call != CallBefore::no || source.begins_function(pc) || keeps_frame_pointer(from) ||
           is_signal_trampoline(source.machine(), source.big_endian(), source.code_memory(), pc);
}

/// Between two frames; no function's variables take more.
constexpr std::uint64_t kMaxFrameSize = std::uint64_t{1} << 30;

std::expected<ChainStep, NoStep> step_by_frame_pointer(
    const UnwindSource& source, const Registers& registers, CodeKind pc_kind,
    const std::function<bool(std::uint64_t)>& has_cfi) {
    const MachineFacts& machine = source.machine();
    const auto none = [&](std::string_view why) {
        return std::unexpected(NoStep{"no call frame information for " + base::hex(registers.pc) +
                                      ", and " + std::string(why)});
    };
    if (!machine.frame_pointer) return none("this machine has no chain of frame pointers");
    const auto fp = registers.by_number(*machine.frame_pointer);
    const auto sp = registers.by_number(machine.stack_pointer);
    const std::uint64_t misfit = machine.word_size - 1;
    if (!fp || !sp || *fp < *sp || *fp - *sp > kMaxFrameSize || (*fp & misfit) != 0) {
        return none("the frame pointer does not point into the stack");
    }
    const auto word = [&](std::int64_t offset) {
        return read_word(source.memory(), format_of(source),
                         *fp + static_cast<std::uint64_t>(offset));
    };
    const auto saved = word(machine.saved_frame_pointer);
    const auto caller = word(machine.saved_return);
    if (!saved || !caller) {
        auto no_step = none(source.memory().why_missing(*fp));
        no_step.error().unread = fp;
        return no_step;
    }
    const std::uint64_t pc = code_address(source, registers, *caller);
    if (!is_in_code(source, pc)) return none("the frame pointer leads to no return address");
    const bool known = has_cfi(pc - 1);
    const CallBefore call =
        known ? CallBefore::unknown : call_before(source, pc | (*caller & ~machine.code_mask));
    const GoFunction function =
        source.go_function(CodeAddress{{registers.pc}, pc_kind}.lookup_address().value);
    if (!may_return_to(source, function, pc, call)) return none("no call ends at " + base::hex(pc));
    // The chain's end may be 0. Others may have used the register for a number; that they called is
    // evidence of their own.
    if (*saved != 0 && *saved <= *fp && !known && call != CallBefore::yes &&
        !keeps_frame_pointer(function)) {
        return none("the chain of frame pointers leads nowhere");
    }
    ChainStep step;
    const auto top = static_cast<std::uint64_t>(machine.saved_return) + machine.register_size;
    step.registers.set(machine.stack_pointer, *fp + top);
    step.registers.set(*machine.frame_pointer, *saved);
    step.registers.pc = pc;
    return step;
}

}  // namespace

std::expected<ChainStep, NoStep> step_without_cfi(
    const UnwindSource& source, const Registers& registers, CodeKind pc_kind,
    const std::function<bool(std::uint64_t)>& has_cfi) {
    if (pc_kind == CodeKind::exact && !source.is_code(registers.pc))
        return step_back_from_call(source, registers);
    return step_by_frame_pointer(source, registers, pc_kind, has_cfi);
}

}  // namespace symline::process
