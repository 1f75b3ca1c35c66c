// A living process. To unwind it, it is stopped as briefly as possible: registers and stacks are
// copied, and it is unwound from the copy while it runs on.
#pragma once

#include <vector>

#include "process/live/copied_memory.h"
#include "process/snapshot.h"

namespace symline::process {

/// As it is, running: threads without registers. Errors: not_found (no such process), unreadable,
/// not_elf.
Expected<Snapshot> look_at_process(int pid);
/// Stopped for a moment: with registers - also the extended ones where they are asked for - and a
/// copy of the stacks as its memory, which is a CopiedMemory. `tids`: of these threads alone;
/// empty: of all. A thread that is blocked in the kernel (state D) is waited for half a second
/// while the others run. Errors: also unreadable where it may not be traced.
Expected<Snapshot> capture_process(int pid, const std::vector<int>& tids,
                                   bool extended_registers = false);
/// Stops one thread of it once more, for a new copy of its registers and its stack, and of what is
/// mapped around `address`, up to `size` bytes after it. False when that is no memory that a stack
/// can be in, or the thread does not stop.
bool copy_more(Snapshot& live, CoreThread& thread, std::uint64_t address, std::uint64_t size);

}  // namespace symline::process
