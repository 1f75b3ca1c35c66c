#include "process/unwind/arm_prologue.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace symline::process {
namespace {

/// Code that is looked through for a prologue. The largest function of Debian 12's armhf libc has
/// 20 KB.
constexpr std::uint64_t kMaxCode = std::uint64_t{1} << 17;

constexpr unsigned kLinkBit = 1U << 14;
constexpr unsigned kPcBit = 1U << 15;

/// What an instruction does to the stack.
struct StackChange {
    std::int64_t pushed = 0;  ///< bytes; negative: taken off
    bool saves_link = false;
    unsigned registers = 0;   ///< that are pushed
    unsigned copies_to = 16;  ///< the register that is set from the stack pointer; 16: none
    bool leaves = false;      ///< returns, with the registers popped
};

std::int64_t words(unsigned registers) {
    return std::int64_t{4} * std::popcount(registers);
}

StackChange push(unsigned registers) {
    return {.pushed = words(registers),
            .saves_link = (registers & kLinkBit) != 0,
            .registers = registers};
}

StackChange pop(unsigned registers) {
    return {.pushed = -words(registers), .leaves = (registers & kPcBit) != 0};
}

/// An A32 modified immediate, Arm Architecture Reference Manual, F2.6.
std::uint32_t expand_a32(std::uint32_t imm12) {
    return std::rotr(imm12 & 0xff, static_cast<int>(2 * (imm12 >> 8)));
}

/// A T32 modified immediate of i:imm3:imm8.
std::uint32_t expand_t32(std::uint32_t imm12) {
    const std::uint32_t low = imm12 & 0xff;
    if (imm12 >> 10 != 0) {
        return std::rotr((imm12 & 0x7f) | 0x80, static_cast<int>(imm12 >> 7));
    }
    switch (imm12 >> 8) {
        case 0: return low;
        case 1: return low << 16 | low;
        case 2: return low << 24 | low << 8;
        default: return low * 0x01010101U;
    }
}

/// What A32 and the 32-bit instructions of T32 have alike, without the condition.
StackChange common_change(std::uint32_t code) {
    if ((code & 0x0fff0000) == 0x092d0000) return push(code & 0xffff);  // stmdb sp!
    if ((code & 0x0fff0000) == 0x08bd0000) return pop(code & 0xffff);   // ldm sp!
    // vpush and vpop, of single and of double registers: imm8 counts words.
    if ((code & 0x0fbf0e00) == 0x0d2d0a00) return {.pushed = std::int64_t{4} * (code & 0xff)};
    if ((code & 0x0fbf0e00) == 0x0cbd0a00) return {.pushed = -std::int64_t{4} * (code & 0xff)};
    return {};
}

StackChange a32_change(std::uint32_t code) {
    const unsigned to = code >> 12 & 15;
    const auto immediate = std::int64_t{expand_a32(code & 0xfff)};
    if ((code & 0x0fff0fff) == 0x052d0004) return push(1U << to);          // str rt, [sp, #-4]!
    if ((code & 0x0fff0fff) == 0x049d0004) return pop(1U << to);           // ldr rt, [sp], #4
    if ((code & 0x0ffff000) == 0x024dd000) return {.pushed = immediate};   // sub sp, sp, #
    if ((code & 0x0ffff000) == 0x028dd000) return {.pushed = -immediate};  // add sp, sp, #
    if ((code & 0x0fff0000) == 0x028d0000) return {.copies_to = to};       // add rd, sp, #
    if ((code & 0x0fff0fff) == 0x01a0000d) return {.copies_to = to};       // mov rd, sp
    if ((code & 0x0fffffff) == 0x012fff1e) return {.leaves = true};        // bx lr
    return common_change(code);
}

StackChange t16_change(std::uint32_t code) {
    const bool extra = (code & 0x100) != 0;
    if ((code & 0xfe00) == 0xb400) return push((code & 0xff) | (extra ? kLinkBit : 0));
    if ((code & 0xfe00) == 0xbc00) return pop((code & 0xff) | (extra ? kPcBit : 0));
    if ((code & 0xff80) == 0xb080) return {.pushed = std::int64_t{4} * (code & 0x7f)};
    if ((code & 0xff80) == 0xb000) return {.pushed = -std::int64_t{4} * (code & 0x7f)};
    if ((code & 0xf800) == 0xa800) return {.copies_to = code >> 8 & 7};  // add rd, sp, #
    if ((code & 0xff78) == 0x4668) return {.copies_to = (code >> 4 & 8) | (code & 7)};
    if (code == 0x4770) return {.leaves = true};
    return {};
}

StackChange t32_change(std::uint32_t code) {
    const unsigned to = code >> 12 & 15;
    if ((code & 0xffff0fff) == 0xf84d0d04) return push(1U << to);
    if ((code & 0xffff0fff) == 0xf85d0b04) return pop(1U << to);
    const std::uint32_t imm12 = (code >> 15 & 0x800) | (code >> 4 & 0x700) | (code & 0xff);
    const unsigned target = code >> 8 & 15;
    if ((code & 0xfbef8000) == 0xf1ad0000 && target == 13) return {.pushed = expand_t32(imm12)};
    if ((code & 0xfbff8000) == 0xf2ad0000 && target == 13) return {.pushed = imm12};
    if ((code & 0xfbef8000) == 0xf10d0000) {
        if (target == 13) return {.pushed = -std::int64_t{expand_t32(imm12)}};
        return {.copies_to = target};
    }
    if ((code & 0xfbff8000) == 0xf20d0000) {
        if (target == 13) return {.pushed = -std::int64_t{imm12}};
        return {.copies_to = target};
    }
    // strd and ldrd with write-back
    if ((code & 0xffff0000) == 0xe96d0000) {
        return {.pushed = std::int64_t{4} * (code & 0xff),
                .registers = 1U << to | 1U << (code >> 8 & 15)};
    }
    if ((code & 0xffff0000) == 0xe8fd0000) return {.pushed = -std::int64_t{4} * (code & 0xff)};
    return common_change(code);
}

std::optional<std::uint32_t> read_code(const ArmCode& code, std::uint64_t at, unsigned size) {
    std::array<std::uint8_t, 4> bytes{};
    if (!code.memory.read(at, std::span(bytes).first(size))) return std::nullopt;
    return size == 2 ? base::load<std::uint16_t>(bytes.data(), code.big_endian)
                     : base::load<std::uint32_t>(bytes.data(), code.big_endian);
}

struct Step {
    StackChange change;
    unsigned size = 4;
};

std::optional<Step> step_at(const ArmCode& code, std::uint64_t at) {
    if (!code.thumb) {
        const auto word = read_code(code, at, 4);
        if (!word) return std::nullopt;
        // Condition 15 stands for instructions of other kinds.
        return Step{*word >> 28 == 15 ? StackChange{} : a32_change(*word), 4};
    }
    const auto first = read_code(code, at, 2);
    if (!first) return std::nullopt;
    if (*first >> 11 < 0x1d) return Step{t16_change(*first), 2};
    const auto second = read_code(code, at + 2, 2);
    if (!second) return std::nullopt;
    return Step{t32_change(*first << 16 | *second), 4};
}

}  // namespace

std::optional<std::uint32_t> pushed_before(const ArmCode& code, std::uint64_t begin,
                                           std::uint64_t pc, std::uint32_t frame_size) {
    if (pc < begin || pc - begin > kMaxCode) return std::nullopt;
    std::int64_t pushed = 0;
    bool restored = false;  // by the instruction before
    std::uint64_t at = begin;
    while (at < pc) {
        const auto step = step_at(code, at);
        if (!step) return std::nullopt;
        const StackChange& change = step->change;
        restored = change.pushed < 0 && !change.leaves;
        // A second function begins with its own frame.
        if (change.saves_link && pushed >= frame_size) pushed = 0;
        if (change.pushed > 0 && pushed < frame_size) pushed += change.pushed;
        at += step->size;
    }
    const auto next = step_at(code, pc);
    if (at != pc || restored || !next) return std::nullopt;
    if (next->change.saves_link && pushed >= frame_size) return 0;
    if (pushed > frame_size) return std::nullopt;
    return static_cast<std::uint32_t>(pushed);
}

bool sets_frame_register(const ArmCode& code, std::uint64_t begin, std::uint64_t pc,
                         unsigned frame_register) {
    if (pc < begin || pc - begin > kMaxCode) return false;
    bool restored = false;
    bool set = false;
    for (std::uint64_t at = begin; at < pc;) {
        const auto step = step_at(code, at);
        if (!step) return false;
        restored = step->change.pushed < 0 && !step->change.leaves;
        if (step->change.saves_link) set = false;
        if (step->change.copies_to == frame_register) set = true;
        at += step->size;
    }
    return set && !restored;
}

namespace {

/// r0 to r3, which a function with a variable number of arguments pushes first.
constexpr unsigned kArguments = 0xf;
/// The nearest places that look like a prologue: a halfword may be the second of an instruction.
constexpr std::size_t kMaxCandidates = 8;
/// What makes room is among a function's first instructions.
constexpr std::size_t kMaxPrologue = 32;

bool branches(const ArmCode& code, std::uint64_t at, unsigned size) {
    const auto word = read_code(code, at, code.thumb ? 2 : 4).value_or(0);
    if (!code.thumb) {
        return (word & 0x0e000000) == 0x0a000000 || (word & 0x0fffffd0) == 0x012fff10;
    }
    if (size == 4) {
        const auto second = read_code(code, at + 2, 2).value_or(0);
        return word >> 11 == 0x1e && (second & 0x8000) != 0;
    }
    return word >> 12 == 0xd || word >> 11 == 0x1c || (word & 0xf500) == 0xb100 ||
           word >> 8 == 0x47;
}

/// Undone last to first.
void undo(const StackChange& change, std::vector<ExidxOperation>& operations) {
    using enum ExidxOperation::Kind;
    const auto room = change.pushed - words(change.registers);
    if (room != 0) operations.insert(operations.begin(), {move, room});
    if (change.registers != 0) operations.insert(operations.begin(), {pop, change.registers});
}

/// Nothing where `begin` is no instruction of those that lead to `pc`. A compiler makes a frame at
/// once; functions of assembler may go other ways before.
std::optional<ArmFrame> frame_from(const ArmCode& code, std::uint64_t begin, std::uint64_t pc,
                                   bool at_once) {
    ArmFrame frame{begin, {}};
    std::size_t count = 0;
    bool prologue = true;
    std::uint64_t at = begin;
    while (at < pc) {
        const auto step = step_at(code, at);
        if (!step) return std::nullopt;
        const bool ends = step->change.pushed < 0 || step->change.leaves ||
                          (at_once && branches(code, at, step->size)) || ++count > kMaxPrologue;
        prologue = prologue && !ends;
        if (prologue && step->change.pushed > 0) undo(step->change, frame.operations);
        at += step->size;
    }
    return at == pc ? std::optional(std::move(frame)) : std::nullopt;
}

/// Pushed by the instruction before: arguments.
std::uint64_t begin_of_arguments(const ArmCode& code, std::uint64_t begin) {
    for (const unsigned size : {4U, 2U}) {
        if (size > begin || (size == 2 && !code.thumb)) continue;
        const auto step = step_at(code, begin - size);
        if (step && step->size == size && step->change.registers != 0 &&
            (step->change.registers & ~kArguments) == 0) {
            return begin - size;
        }
    }
    return begin;
}

}  // namespace

std::optional<ArmFrame> leaf_frame(const ArmCode& code, std::uint64_t begin, std::uint64_t pc) {
    return frame_from(code, begin, pc, false);
}

std::vector<ArmFrame> find_arm_frames(const ArmCode& code, std::uint64_t from, std::uint64_t pc) {
    const unsigned unit = code.thumb ? 2 : 4;
    std::vector<ArmFrame> frames;
    for (auto at = pc; at >= from + unit && frames.size() < kMaxCandidates;) {
        at -= unit;
        const auto step = step_at(code, at);
        if (!step || !step->change.saves_link) continue;
        auto frame = frame_from(code, begin_of_arguments(code, at), pc, true);
        if (!frame) continue;
        // The nearer one is a part of an instruction, if this one is none.
        const bool parts = !frames.empty() && at == frame->begin &&
                           !frame_from(code, at, frames.back().begin, true);
        frames.push_back(std::move(*frame));
        if (parts) std::swap(frames.back(), frames[frames.size() - 2]);
    }
    return frames;
}

bool follows_system_call(const ArmCode& code, std::uint64_t address) {
    const auto before = read_code(code, address - (code.thumb ? 2 : 4), code.thumb ? 2 : 4);
    if (!before) return false;
    return code.thumb ? (*before & 0xff00) == 0xdf00 : (*before & 0x0f000000) == 0x0f000000;
}

}  // namespace symline::process
