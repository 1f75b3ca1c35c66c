#include "process/unwind/signal_frame.h"

#include <algorithm>
#include <array>
#include <bit>
#include <span>
#include <utility>

#include "elf/constants.h"
#include "process/unwind/signal_trampolines.h"

namespace symline::process {
namespace {

/// Memory of one byte order.
class Words {
public:
    Words(const Memory& memory, bool big_endian) : memory_(memory), big_endian_(big_endian) {}

    /// `size` is 1 to 8.
    std::optional<std::uint64_t> at(std::uint64_t address, unsigned size) const {
        std::array<std::uint8_t, 8> bytes{};
        if (!memory_.read(address, std::span(bytes).first(size))) return std::nullopt;
        std::uint64_t value = 0;
        for (unsigned i = 0; i < size; ++i) {
            value |= std::uint64_t{bytes[i]} << 8 * (big_endian_ ? size - 1 - i : i);
        }
        return value;
    }

private:
    const Memory& memory_;
    bool big_endian_;
};

/// The byte orders that code may have: the Arm Architecture's BE8 has instructions in
/// little-endian order beside data in big-endian order, and 64-bit Arm always has.
bool is_code_order(std::uint16_t machine, bool data_big_endian, bool code_big_endian) {
    if (machine == elf::kArm) return data_big_endian || !code_big_endian;
    return code_big_endian == (machine != elf::kArm64 && data_big_endian);
}

bool is_at(const SignalTrampoline& trampoline, const Words& code, std::uint64_t begin) {
    // A power of two is the alignment of its machine's instructions.
    const unsigned unit = trampoline.code[0].size;
    if (std::has_single_bit(unit) && begin % unit != 0) return false;
    for (const TrampolineCode& each : trampoline.code) {
        if (each.size != 0 && code.at(begin, each.size) != each.code) return false;
        begin += each.size;
    }
    return true;
}

bool is_in_code(const SignalTrampoline& trampoline, bool big_endian, const Memory& memory,
                std::uint64_t begin) {
    return std::ranges::any_of(std::array{false, true}, [&](bool order) {
        return is_code_order(trampoline.machine, big_endian, order) &&
               is_at(trampoline, Words(memory, order), begin);
    });
}

/// SIGRTMAX is 64, and MIPS's 127.
constexpr std::uint64_t kMaxSignal = 127;

/// Nothing where memory ends.
std::optional<bool> holds(const FrameCheck& check, const Words& words, unsigned word_size,
                          std::uint64_t sp) {
    using enum FrameCheck::Fact;
    const bool is_word = check.fact == pointer;
    const unsigned size = is_word ? word_size : check.fact == user ? 2 : 4;
    const auto value = words.at(sp + check.offset, size);
    if (!value) return std::nullopt;
    switch (check.fact) {
        case signal: return *value >= 1 && *value <= kMaxSignal;
        case user: return (*value & 3) == 3;
        case user_mode: return (*value & 0x1f) == 0x10;
        case pointer: return *value == sp + check.value;
        case constant: return *value == check.value;
    }
    return false;
}

class FrameReader {
public:
    FrameReader(const MachineFacts& machine, bool big_endian, const Memory& memory)
        : machine_(machine), words_(memory, big_endian) {}

    SignalFrame read(const SignalTrampoline& trampoline, std::uint64_t sp,
                     std::uint64_t signature_bits) const {
        const auto checked = holds(trampoline.check, words_, machine_.word_size, sp);
        if (!checked) return {.interrupted = {}, .unread = sp + trampoline.check.offset};
        if (!*checked) return {};
        return registers(*trampoline.layout, sp + trampoline.registers, signature_bits);
    }

private:
    SignalFrame registers(const SavedRegisters& layout, std::uint64_t begin,
                          std::uint64_t signature_bits) const {
        Registers interrupted;
        interrupted.signature_bits = signature_bits;
        for (const RegisterRun& run : layout.runs) {
            for (unsigned i = 0; i < run.count; ++i) {
                const auto at = begin + std::uint64_t{layout.size} * (run.index + i);
                const auto value = words_.at(at, layout.size);
                if (!value) return {.interrupted = {}, .unread = at};
                if (run.dwarf == kNoDwarfNumber) {
                    interrupted.values.push_back({run.dwarf, cut(*value), run.name});
                } else {
                    interrupted.set(static_cast<std::uint16_t>(run.dwarf + i), cut(*value));
                }
            }
        }
        const auto at = begin + std::uint64_t{layout.size} * layout.pc;
        const auto pc = words_.at(at, layout.size);
        if (!pc) return {.interrupted = {}, .unread = at};
        interrupted.pc = cut(*pc) & machine_.code_mask;
        return {.interrupted = std::move(interrupted), .unread = {}};
    }
    /// MIPS o32 has 8 bytes for registers of 4.
    std::uint64_t cut(std::uint64_t value) const {
        return machine_.register_size == 4 ? value & 0xffffffff : value;
    }

    const MachineFacts& machine_;
    Words words_;
};

}  // namespace

bool is_signal_trampoline(const MachineFacts& machine, bool big_endian, const Memory& memory,
                          std::uint64_t address) {
    return std::ranges::any_of(signal_trampolines(), [&](const SignalTrampoline& each) {
        return each.machine == machine.machine && each.word_size == machine.word_size &&
               is_in_code(each, big_endian, memory, address);
    });
}

SignalFrame read_signal_frame(const MachineFacts& machine, bool big_endian, const Memory& memory,
                              const Registers& registers, CodeKind pc_kind) {
    SignalFrame frame;
    const auto sp = registers.by_number(machine.stack_pointer);
    if (!sp) return frame;
    const FrameReader reader(machine, big_endian, memory);
    for (const SignalTrampoline& each : signal_trampolines()) {
        if (each.machine != machine.machine || each.word_size != machine.word_size) continue;
        // A handler returns to the first instruction; a thread may have stopped at any.
        std::uint64_t passed = 0;
        for (const TrampolineCode& instruction : each.code) {
            if (instruction.size == 0 || (passed != 0 && pc_kind != CodeKind::exact)) break;
            const std::uint64_t popped = passed != 0 ? each.popped : 0;
            if (is_in_code(each, big_endian, memory, registers.pc - passed)) {
                auto read = reader.read(each, *sp - popped, registers.signature_bits);
                if (read.interrupted) return read;
                if (read.unread) frame.unread = read.unread;
            }
            passed += instruction.size;
        }
    }
    return frame;
}

}  // namespace symline::process
