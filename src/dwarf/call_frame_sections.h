// Where a file has its call frame information.
#pragma once

#include <optional>

#include "dwarf/call_frames.h"
#include "elf/elf_file.h"

namespace symline::dwarf {

/// .eh_frame, by its section, or by the program headers of a file without sections. Nothing where
/// the file has none; a relocatable file is not read. The file is borrowed.
std::optional<CallFrames> open_eh_frames(const elf::ElfFile& file);
/// .debug_frame, the same way.
std::optional<CallFrames> open_debug_frames(const elf::ElfFile& file);

}  // namespace symline::dwarf
