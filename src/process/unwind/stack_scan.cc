#include "process/unwind/stack_scan.h"

#include "process/unwind/code_address.h"
#include "process/unwind/return_address.h"

namespace symline::process {
namespace {

/// The frames of most functions are smaller by far. Farther up a find is more likely of another
/// caller.
constexpr std::uint64_t kMaxWords = 2048;

}  // namespace

std::optional<Registers> scan_for_caller(
    const UnwindSource& source, const Registers& registers,
    const std::function<bool(const Registers& candidate)>& leads_on) {
    const MachineFacts& machine = source.machine();
    const auto sp = registers.by_number(machine.stack_pointer);
    const WordFormat format{machine.word_size, source.big_endian()};
    if (!sp || *sp % machine.word_size != 0) return std::nullopt;
    for (std::uint64_t i = 0; i < kMaxWords; ++i) {
        const std::uint64_t at = *sp + i * machine.word_size;
        const auto word = read_word(source.memory(), format, at);
        if (!word) return std::nullopt;
        const std::uint64_t pc = code_address(source, registers, *word);
        const std::uint64_t returns_to = pc | (*word & ~machine.code_mask);
        if (!source.is_code(pc) || call_before(source, returns_to) != CallBefore::yes) continue;
        Registers candidate = registers;
        candidate.pc = pc;
        candidate.set(machine.stack_pointer, at + machine.word_size);
        if (machine.pc_register) candidate.set(*machine.pc_register, pc);
        if (leads_on(candidate)) return candidate;
    }
    return std::nullopt;
}

}  // namespace symline::process
