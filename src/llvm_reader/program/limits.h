// What LLVM's reader may take of the machine.
#pragma once

namespace symline::llvm_reader {

/// Memory, files, and what a crash leaves behind. Once, at the start.
void limit_resources();

/// Processor time: from now on, for one request. SIGXCPU ends the process after it.
void limit_time();

}  // namespace symline::llvm_reader
