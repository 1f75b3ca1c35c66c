// The kernel's entry code for interrupts, exceptions and faults.
#pragma once

#include <string_view>

namespace symline::log {

/// Whether the frame after it is where the trap came from: a program counter, no return address.
bool is_trap_entry(std::string_view symbol);

/// Where programs enter the kernel, and where its threads begin: there is no code of the kernel
/// that called them.
bool is_outermost(std::string_view symbol);

}  // namespace symline::log
