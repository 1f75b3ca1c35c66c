// Whether a file that somebody named can be the program of a process.
#pragma once

#include <cstdint>
#include <string>

#include "elf/elf_file.h"
#include "process/memory.h"

namespace symline::process {

/// What speaks against it, build ids aside; empty: nothing. `entry` is AT_ENTRY, or 0.
std::string why_not_program(const elf::ElfFile& file, WordFormat format, std::uint64_t entry);

}  // namespace symline::process
