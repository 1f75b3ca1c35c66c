// Numbers of the ELF format (System V ABI) for the rooms that do not see LLVM's ELF.h.
#pragma once

#include <cstdint>

namespace symline::elf {

/// e_machine of the header.
inline constexpr std::uint16_t kSparc = 2;
inline constexpr std::uint16_t kI386 = 3;
inline constexpr std::uint16_t kMips = 8;
inline constexpr std::uint16_t kSparc32Plus = 18;  ///< 32-bit code for processors of 64 bits
inline constexpr std::uint16_t kPpc = 20;
inline constexpr std::uint16_t kPpc64 = 21;
inline constexpr std::uint16_t kS390 = 22;
inline constexpr std::uint16_t kArm = 40;
inline constexpr std::uint16_t kSparcV9 = 43;
inline constexpr std::uint16_t kX86_64 = 62;
inline constexpr std::uint16_t kArm64 = 183;
inline constexpr std::uint16_t kRiscv = 243;
inline constexpr std::uint16_t kLoongarch = 258;

/// sh_type: SHT_NOBITS.
inline constexpr std::uint32_t kSectionNoBits = 8;

/// p_type: PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE, PT_PHDR.
inline constexpr std::uint32_t kSegmentLoad = 1;
inline constexpr std::uint32_t kSegmentDynamic = 2;
inline constexpr std::uint32_t kSegmentInterpreter = 3;
inline constexpr std::uint32_t kSegmentNote = 4;
inline constexpr std::uint32_t kSegmentHeaders = 6;
/// p_flags: PF_X, PF_W.
inline constexpr std::uint32_t kSegmentExecutable = 1;
inline constexpr std::uint32_t kSegmentWritable = 2;

}  // namespace symline::elf
