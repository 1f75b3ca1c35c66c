#include "process/unwind/mips_prologue.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "process/unwind/code_before.h"
#include "process/unwind/return_address.h"

namespace symline::process {
namespace {

constexpr std::uint16_t kSp = 29;
constexpr std::uint16_t kFp = 30;
constexpr std::uint16_t kRa = 31;
constexpr std::uint64_t kInstruction = 4;
/// Registers are saved in a function's first block, which the compiler mixes with other work.
constexpr std::uint64_t kMaxPrologue = 64 * kInstruction;

/// What an instruction does to the stack.
struct StackUse {
    std::int64_t grows = 0;  ///< bytes; negative: the frame is taken off
    std::optional<std::pair<std::uint16_t, std::int64_t>> saves{};  ///< a register, above sp
    bool copies = false;                                            ///< sp to fp
    bool calls = false;
    bool returns = false;
};

std::int64_t immediate(std::uint32_t code) {
    return static_cast<std::int16_t>(code & 0xffff);
}

/// s0 to s7, gp, fp and ra.
bool is_preserved(unsigned number) {
    return (number >= 16 && number <= 23) || number == 28 || number >= kFp;
}

StackUse stack_use(std::uint32_t code) {
    const auto upper = code & 0xffff0000;
    if (upper == 0x27bd0000 || upper == 0x67bd0000) return {.grows = -immediate(code)};  // (d)addiu
    const unsigned target = code >> 16 & 31;
    const auto store = code & 0xffe00000;
    if ((store == 0xafa00000 || store == 0xffa00000) && is_preserved(target)) {  // sw, sd
        return {.saves = std::pair{static_cast<std::uint16_t>(target), immediate(code)}};
    }
    // move fp, sp: addu, or, daddu
    if (code == 0x03a0f021 || code == 0x03a0f025 || code == 0x03a0f02d) return {.copies = true};
    if ((code & 0xfc1f003f) == 0x00000009) return {.calls = true};           // jalr
    if ((code & 0xfc000000) == 0x0c000000) return {.calls = true};           // jal
    if ((code & 0xfc1f0000) == 0x04110000) return {.calls = true};           // bgezal, bal
    if (code == 0x03e00008 || code == 0x03e00009) return {.returns = true};  // jr ra
    return {};
}

/// A frame that is made before an instruction.
struct MipsFrame {
    std::uint64_t begin = 0;
    std::int64_t size = 0;
    std::vector<std::pair<std::uint16_t, std::int64_t>> saved{};
    bool has_pointer = false;
};

class Code {
public:
    Code(const UnwindSource& source, std::uint64_t pc)
        : bytes_(source.code_memory(), pc), big_endian_(source.big_endian()), pc_(pc) {}

    /// `end`: the last instruction that was run ends there.
    std::optional<MipsFrame> frame(std::uint64_t end) const {
        for (auto at = end; at >= bytes_.begin() + kInstruction;) {
            const auto use = use_at(at -= kInstruction);
            if (!use) return std::nullopt;
            if (use->grows > 0) return frame_of(at, use->grows, end);
            // An epilogue that is left by a return may be one of several; another has been run.
            const bool left = at + kInstruction < pc_ && returns_near(at, end);
            if (use->grows < 0 && !left) return std::nullopt;
        }
        return std::nullopt;
    }

private:
    std::optional<StackUse> use_at(std::uint64_t at) const {
        const auto word = read_word(bytes_, {4, big_endian_}, at);
        return word ? std::optional(stack_use(static_cast<std::uint32_t>(*word))) : std::nullopt;
    }
    /// The frame is taken off in the return's delay slot, or before it.
    bool returns_near(std::uint64_t at, std::uint64_t end) const {
        for (const auto place : {at - kInstruction, at + kInstruction, at + 2 * kInstruction}) {
            const auto use = use_at(place);
            if (place < end && use && use->returns) return true;
        }
        return false;
    }
    MipsFrame frame_of(std::uint64_t begin, std::int64_t size, std::uint64_t end) const {
        MipsFrame frame{.begin = begin, .size = size};
        const auto last = std::min(end, begin + kMaxPrologue);
        for (auto at = begin + kInstruction; at < last; at += kInstruction) {
            const auto use = use_at(at);
            if (!use || use->calls || use->returns || use->grows != 0) break;
            frame.has_pointer = frame.has_pointer || use->copies;
            if (use->saves && is_new(frame, *use->saves)) frame.saved.push_back(*use->saves);
        }
        return frame;
    }
    static bool is_new(const MipsFrame& frame,
                       const std::pair<std::uint16_t, std::int64_t>& saved) {
        return saved.second >= 0 && saved.second < frame.size &&
               std::ranges::find(frame.saved, saved.first,
                                 &std::pair<std::uint16_t, std::int64_t>::first) ==
                   frame.saved.end();
    }

    CodeBefore bytes_;
    bool big_endian_;
    std::uint64_t pc_;
};

bool is_return_address(const UnwindSource& source, std::uint64_t pc) {
    return source.is_code(pc) && call_before(source, pc) == CallBefore::yes;
}

/// Whether the register has a return address of a call that the function itself has made.
bool leads_into(const MipsFrame& frame, const Registers& registers) {
    const auto ra = registers.by_number(kRa).value_or(0);
    return ra > frame.begin && ra <= registers.pc;
}

std::optional<Registers> caller_of(const UnwindSource& source, const Registers& registers,
                                   const MipsFrame& frame, CodeKind pc_kind) {
    const MachineFacts& machine = source.machine();
    const auto base = registers.by_number(frame.has_pointer ? kFp : kSp);
    if (!base) return std::nullopt;
    const WordFormat format{machine.register_size, source.big_endian()};
    Registers caller = registers;
    bool link_saved = false;
    for (const auto& [number, offset] : frame.saved) {
        const auto at = *base + static_cast<std::uint64_t>(offset);
        const auto value = read_word(source.memory(), format, at);
        if (!value) return std::nullopt;
        caller.set(number, *value);
        link_saved = link_saved || number == kRa;
    }
    if (!link_saved && (pc_kind != CodeKind::exact || leads_into(frame, registers))) {
        return std::nullopt;
    }
    caller.set(kSp, *base + static_cast<std::uint64_t>(frame.size));
    caller.pc = caller.by_number(kRa).value_or(0);
    return is_return_address(source, caller.pc) ? std::optional(caller) : std::nullopt;
}

}  // namespace

std::optional<Registers> step_by_mips_prologue(const UnwindSource& source,
                                               const Registers& registers, CodeKind pc_kind) {
    const bool exact = pc_kind == CodeKind::exact;
    const std::uint64_t pc = registers.pc;
    // A call comes with its delay slot.
    const std::uint64_t end = exact ? pc : pc - 2 * kInstruction;
    if (pc % kInstruction != 0) return std::nullopt;
    const auto frame = Code(source, pc).frame(end);
    if (frame) {
        if (auto caller = caller_of(source, registers, *frame, pc_kind)) return caller;
    }
    if (!exact) return std::nullopt;
    // A function without a frame.
    if (frame && leads_into(*frame, registers)) return std::nullopt;
    Registers caller = registers;
    caller.pc = registers.by_number(kRa).value_or(0);
    return is_return_address(source, caller.pc) ? std::optional(caller) : std::nullopt;
}

}  // namespace symline::process
