// Which bytes are call instructions, for the machines that Linux prints stacks of. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace symline::symbolize {

using Code = std::span<const std::uint8_t>;

/// How a file's instructions are read.
struct InstructionSet {
    std::uint16_t machine = 0;  ///< e_machine
    bool is64 = false;
    bool big_endian = false;  ///< of the instructions: arm64's are little-endian in every file
    bool thumb = false;       ///< arm: T32 instead of A32

    bool operator==(const InstructionSet&) const = default;
};

/// How long a call may be, on mips with its delay slot: the sizes to ask is_call() for. None for a
/// machine whose instructions are not known.
std::span<const std::uint8_t> call_sizes(const InstructionSet& set);
/// Whether `code`, of one of these sizes, is a call, which returns to where it ends.
bool is_call(const InstructionSet& set, Code code);

/// The call that `code` ends with; empty: none. On x86 and s390, whose instructions have no fixed
/// length, other instructions' bytes may look like one.
Code last_call(const InstructionSet& set, Code code);
/// What last_call() needs at most.
inline constexpr std::size_t kLongestCall = 8;
/// How far a direct call leads, from where it ends. Nothing for calls through a register or memory,
/// for mips, and for Thumb's BLX.
std::optional<std::int64_t> call_distance(const InstructionSet& set, Code call);

/// Whether a call takes its target from an address that is counted from the instruction: that is
/// how a function of another file is called without a stub (-fno-plt).
bool is_call_through_table(const InstructionSet& set, Code call);

/// How far the direct jump that `code` ends with leads, from where it ends: the kind of jump that
/// compilers make a tail call of. Nothing for jumps through a register or memory, and for mips.
std::optional<std::int64_t> jump_distance(const InstructionSet& set, Code code);

/// Whether `code` begins with the instruction that BUG() and WARN() trap with.
bool is_trap(const InstructionSet& set, Code code);

/// The size of the instruction that `code` begins with, on the machines where sizes differ and it
/// can be told: x86, riscv, s390. 0 on other machines, and without code.
std::size_t instruction_size(const InstructionSet& set, Code code);

/// x86: E8 and a displacement of 32 bits.
inline constexpr std::size_t kX86NearCall = 5;
bool is_x86_near_call(Code code);

/// The four bytes at an offset; 0 where there are less.
std::uint32_t word_at(Code code, std::size_t at, bool big_endian);

}  // namespace symline::symbolize
