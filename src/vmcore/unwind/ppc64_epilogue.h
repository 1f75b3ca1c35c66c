// How functions of 64-bit Power return, as their code shows it.
#pragma once

#include "vmcore/memory/kernel_memory.h"

namespace symline::vmcore {

/// Whether the function at `address` has taken its frame down and has not yet fetched its return
/// address, which is in its caller's frame: false where its next instructions do not show it.
bool has_left_ppc64_frame(const KernelBytes& memory, std::uint64_t address);

}  // namespace symline::vmcore
