// One line about the debug files that a kernel lacks, and how to get them.
#pragma once

#include <string>
#include <string_view>

#include "kernel/loaded_kernel.h"

namespace symline::kernel {

/// What was looked for and not found, and how to get it, as far as the release shows that; empty
/// when all was there. `vmlinux_argument` is how the program is given a vmlinux by name:
/// "-k BUILD/vmlinux"; `no_release` is what to say instead where the release is not known.
std::string missing_files_hint(const LoadedKernel& kernel, std::string_view vmlinux_argument,
                               std::string_view no_release = {});

}  // namespace symline::kernel
