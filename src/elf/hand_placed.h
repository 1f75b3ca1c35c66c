// Relocatable files whose debug information was written by hand, in assembler tests.
#pragma once

#include "elf/elf_file.h"

namespace symline::elf {

/// Whether the debug information has addresses in `code`, the one section with code, as plain
/// numbers: no relocation of it refers to that section. Every compiler's has one, for the start of
/// its unit or of its first function.
bool is_hand_placed(const ElfFile& file, const Section& code);

}  // namespace symline::elf
