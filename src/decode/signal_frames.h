// The frame in which a signal handler returns: what called it was interrupted, and called nothing.
#pragma once

#include "kernel/loaded_kernel.h"
#include "log/occurrence.h"

namespace symline::decode {

/// Whether the text's symbol is one of a C library or vDSO that signal handlers return to.
bool names_signal_return(const log::Occurrence& occurrence);

/// Whether a program's code at the place is that: by its symbol, or by its instructions where the
/// file has no symbols (as libc's are not exported).
bool is_signal_return(const kernel::KernelPlace& place);

}  // namespace symline::decode
