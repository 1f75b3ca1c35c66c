// Which debug files a kernel lacks, and how to get them.
#pragma once

#include <optional>

#include "kernel/loaded_kernel.h"
#include "symline/missing_files.h"

namespace symline::kernel {

/// What was looked for and not found so far; nothing when all was there.
std::optional<MissingFiles> missing_files(const LoadedKernel& kernel);

}  // namespace symline::kernel
