// What a thread's first function returns to.
#pragma once

#include "process/unwind/unwinder.h"

namespace symline::process {

/// Whether the code at an address ends the thread: clone() has called, and exits then. Its end has
/// no call frame information on some machines, and nothing called it.
bool exits_thread(const UnwindSource& source, std::uint64_t address);

}  // namespace symline::process
