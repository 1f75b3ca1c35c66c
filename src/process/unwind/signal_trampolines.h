// The code by which the handlers of signals return, and where the kernel's copy of the registers
// lies then.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace symline::process {

/// An instruction as a number in the byte order of code.
struct TrampolineCode {
    std::uint64_t code = 0;
    unsigned size = 0;
};

/// Registers that lie one after the other.
struct RegisterRun {
    std::uint8_t index;  ///< of the first, in units of SavedRegisters::size
    std::uint8_t count;
    std::uint16_t dwarf;      ///< number of the first; of one alone, none
    std::string_view name{};  ///< of what has no number
};

/// How a kernel copies registers.
struct SavedRegisters {
    unsigned size = 8;  ///< of each
    std::uint8_t pc = 0;
    std::span<const RegisterRun> runs;
};

/// What is so wherever a kernel wrote the frame. Offsets are from the stack pointer at the first
/// instruction.
struct FrameCheck {
    enum class Fact {
        signal,     ///< a signal's number: the start of siginfo
        user,       ///< a selector of user space's segments
        user_mode,  ///< the processor mode of user space in 32-bit Arm's cpsr
        pointer,    ///< the address of `value`
        constant,   ///< `value` itself, of 4 bytes
    };
    Fact fact = Fact::signal;
    std::uint16_t offset = 0;
    std::uint32_t value = 0;
};

/// The instructions that call sigreturn, and where the registers lie at the first of them.
struct SignalTrampoline {
    std::uint16_t machine = 0;
    unsigned word_size = 8;
    std::array<TrampolineCode, 3> code;
    std::uint16_t registers = 0;  ///< offset
    const SavedRegisters* layout = nullptr;
    FrameCheck check;
    unsigned popped = 0;  ///< what the first instruction adds to the stack pointer
};

/// Of all machines.
std::span<const SignalTrampoline> signal_trampolines();

}  // namespace symline::process
