// A kernel without ELF headers (objcopy -O binary): arm64's and RISC-V's Image, and what most
// machines pack into their images.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "symline/build_id.h"

namespace symline::find {

/// The build id note of the kernel, in either byte order. Notes of embedded ELF files (the vDSO)
/// are skipped; nothing when several different ones are left.
std::optional<BuildId> build_id_in_raw_kernel(base::Bytes kernel);

}  // namespace symline::find
