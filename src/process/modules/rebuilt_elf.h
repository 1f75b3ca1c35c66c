// An ELF file made again from what a process has loaded of it, for a file that is gone.
#pragma once

#include <cstdint>
#include <vector>

#include "process/modules/loaded_elf.h"

namespace symline::process {

/// Larger files are left alone.
inline constexpr std::uint64_t kMaxRebuilt = std::uint64_t{64} << 20;

/// The program headers and all loaded contents, at their offsets in the file, and section headers
/// for what those lead to: the code, and by the dynamic section (System V ABI, gABI, 5) the symbols
/// that the dynamic linker needs. Call frame information is found by PT_GNU_EH_FRAME. Memory that
/// is not there is zero. Empty where `header` is no ELF header, none of the code is there, or the
/// file has more than kMaxRebuilt bytes.
std::vector<std::uint8_t> rebuild_elf(const Memory& memory, WordFormat format,
                                      std::uint64_t header);

}  // namespace symline::process
