// The other files that hold part of a file's debug information: the supplementary file that dwz
// moved it to, the split files that the compiler left it in.
//
// DWARF is read without knowing where such files lie, or whether they have to be fetched first:
// whoever owns the finders implements this. A companion is asked for when a value of it is needed,
// not before.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "elf/elf_file.h"
#include "symline/error.h"

namespace symline::dwarf {

/// How a skeleton unit names its split file.
struct SplitName {
    std::string_view name;                   ///< DW_AT_dwo_name; may be empty
    std::string_view compilation_directory;  ///< what a relative name is relative to
};

class CompanionFiles {
public:
    virtual ~CompanionFiles() = default;

    /// The supplementary file that `file` links to (.gnu_debugaltlink, .debug_sup), checked to be
    /// the one that is meant. It outlives the DwarfFile that asks; each asks at most once. The
    /// error says, for a user to read, what is missing.
    virtual Expected<const elf::ElfFile*> supplementary(const elf::ElfFile& file) = 0;

    /// The packages of split units (.dwp) that may belong to the program, best first. They outlive
    /// the DwarfFile, which asks once, when it meets the first skeleton unit.
    virtual std::vector<const elf::ElfFile*> packages() = 0;

    /// Takes a candidate for a split file, or says why it is not the one.
    using Offer = std::function<Expected<void>(elf::ElfFile)>;
    /// Makes offers until one is taken. The error says, for a user to read, what is missing.
    virtual Expected<void> split(const SplitName& name, const Offer& offer) = 0;
};

}  // namespace symline::dwarf
