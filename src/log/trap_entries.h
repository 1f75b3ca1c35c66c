// The kernel's entry code for interrupts, exceptions and faults.
#pragma once

#include <string_view>

namespace symline::log {

/// Whether the frame after it is where the trap came from: a program counter, no return address.
bool is_trap_entry(std::string_view symbol);

/// Whether it is of the entries themselves, and of what they call first, rather than where a trap
/// came from. Names of arm64 were entries in older kernels, and are functions that these call since
/// Linux 5.5 (el1_abort, el1_dbg, el1_undef): the frame after those is one of these.
bool is_entry_code(std::string_view symbol);

/// Where programs enter the kernel, and where its threads begin: there is no code of the kernel
/// that called them.
bool is_outermost(std::string_view symbol);

}  // namespace symline::log
