// The registers of a stopped thread that unwinding does not need: of vectors, of floating point
// numbers, their control, and those of the system.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "symline/stack_trace.h"

namespace symline::process {

/// A set of registers, as a note of a core or PTRACE_GETREGSET has it. The bytes are borrowed.
struct RegisterSet {
    std::uint32_t type = 0;  ///< NT_FPREGSET, NT_X86_XSTATE, ...
    base::Bytes bytes;
};

/// The general registers of NT_PRSTATUS, among which are a few of the system.
inline constexpr std::uint32_t kGeneralSet = 1;
/// Where the parts of NT_X86_XSTATE lie, from Linux 6.12 on: one note for all threads.
inline constexpr std::uint32_t kXsaveLayoutSet = 0x205;

/// The sets that a machine has beside the general one, in the order in which they are shown; none
/// for an unknown machine.
std::span<const std::uint32_t> extended_sets(std::uint16_t machine);

/// What `sets` hold; a set that is too short gives the registers that are in it.
std::vector<ExtendedRegister> read_extended_registers(std::uint16_t machine, bool big_endian,
                                                      std::span<const RegisterSet> sets);

}  // namespace symline::process
