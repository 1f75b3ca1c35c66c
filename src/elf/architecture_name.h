// The names that LLVM has for machines of ELF files.
#pragma once

#include <string_view>

#include "base/bytes.h"

namespace symline::elf {

/// "x86_64", "aarch64_be", by the ELF header that `object` begins with; empty for other machines,
/// and where the header is cut off.
std::string_view architecture_name(base::Bytes object);

}  // namespace symline::elf
