// Boot wrappers: ELF files that hold the packed kernel as data, unpack it and start it. MIPS'
// vmlinuz, PowerPC's zImage, parisc's vmlinuz, and what x86, s390, ARM and EFI zboot are cut from.
#pragma once

#include "base/bytes.h"
#include "elf/elf_file.h"
#include "symline/error.h"

namespace symline::find {

/// Whether the file is a wrapper, by its section names; for MIPS, which keeps the kernel in .data,
/// also by a packed stream there.
bool is_elf_wrapper(const elf::ElfFile& file);

/// The section with the kernel, from where that starts. Errors: not_found, truncated, malformed.
Expected<base::Bytes> wrapped_kernel(const elf::ElfFile& file);

}  // namespace symline::find
