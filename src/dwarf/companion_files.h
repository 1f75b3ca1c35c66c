// The other files that hold part of a file's debug information: what dwz moved out of it.
//
// DWARF is read without knowing where such files lie, or whether they have to be fetched first:
// whoever owns the finders implements this. A companion is asked for when a value of it is needed,
// not before.
#pragma once

#include "elf/elf_file.h"
#include "symline/error.h"

namespace symline::dwarf {

class CompanionFiles {
public:
    virtual ~CompanionFiles() = default;

    /// The supplementary file that `file` links to (.gnu_debugaltlink, .debug_sup), checked to be
    /// the one that is meant. It outlives the DwarfFile that asks; each asks at most once. The
    /// error says, for a user to read, what is missing.
    virtual Expected<const elf::ElfFile*> supplementary(const elf::ElfFile& file) = 0;
};

}  // namespace symline::dwarf
