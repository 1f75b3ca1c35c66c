// The frame that a signal's handler returns to: the kernel has made the handler's return address
// that of a few instructions that call sigreturn, and has put the registers of what the signal
// interrupted onto the stack. Most of these instructions have no call frame information, and some
// have one that is wrong: Go describes them as an ordinary function, and RISC-V's vdso as a
// function that has changed nothing.
#pragma once

#include <cstdint>
#include <optional>

#include "process/memory.h"
#include "process/registers/registers.h"
#include "symline/address.h"

namespace symline::process {

struct SignalFrame {
    /// Of what was interrupted: its pc is exact. Nothing where the frame is no such one.
    std::optional<Registers> interrupted;
    /// Where the kernel's copy of the registers was not there.
    std::optional<std::uint64_t> unread;
};

/// `pc_kind` of the frame whose registers are given. Its code tells what it is, and then one fact
/// of the kernel's copy has to be as the kernel writes it.
SignalFrame read_signal_frame(const MachineFacts& machine, bool big_endian, const Memory& memory,
                              const Registers& registers, CodeKind pc_kind);

/// Whether a handler may return to an address: the first instruction of such code.
bool is_signal_trampoline(const MachineFacts& machine, bool big_endian, const Memory& memory,
                          std::uint64_t address);

}  // namespace symline::process
