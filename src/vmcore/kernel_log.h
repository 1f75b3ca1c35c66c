// The kernel's log buffer, read out of its memory.
//
// Three forms, told apart by what VMCOREINFO names: the ring of descriptors and text of 5.10 and
// later (prb), the ring of records of 3.5 to 5.9 (log_first_idx), and plain text before (log_end).
#pragma once

#include <string>

#include "symline/error.h"
#include "vmcore/format/vmcoreinfo.h"
#include "vmcore/memory/kernel_memory.h"

namespace symline::vmcore {

/// As dmesg and makedumpfile --dump-dmesg print it: "[    1.234567] text" a line, the oldest first;
/// every line of a message of several with the time in front. Records that the crash left half
/// written are left out. Errors: not_found (VMCOREINFO names no log), unreadable, malformed.
Expected<std::string> read_kernel_log(const KernelBytes& memory, const Vmcoreinfo& info);

}  // namespace symline::vmcore
