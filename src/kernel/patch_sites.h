// Tables of a kernel file that list the code that a running kernel patches.
#pragma once

#include <cstdint>
#include <vector>

#include "symline/module.h"

namespace symline::kernel {

/// An entry of .altinstructions: instructions that are replaced where the processor has a feature.
struct Alternative {
    FileAddress site;
    std::uint64_t size = 0;  ///< of the instructions at the site, padding included
    FileAddress replacement{};
    std::uint64_t replacement_size = 0;
    /// On x86: the feature's number, and whether they are replaced where the processor lacks it.
    std::uint32_t feature = 0;
    bool when_missing = false;
};

/// Those of vmlinux or of a module. None where the table's form is not known.
std::vector<Alternative> alternatives(const Module& module);

/// Places of a table of 32-bit offsets, each relative to itself: .retpoline_sites,
/// .nospec_call_table.
std::vector<FileAddress> relative_sites(const Module& module, const Section& section);

/// Where the kernel calls what depends on the hypervisor: .parainstructions, until Linux 6.8.
std::vector<FileAddress> paravirt_sites(const Module& module);

/// The entries of a relocation section: 64-bit files give their addends in the entry, 32-bit ones
/// may not.
struct RelocationEntry {
    std::uint64_t offset;
    std::uint32_t symbol;
    std::uint32_t type;
    std::uint64_t addend;
};
std::vector<RelocationEntry> relocation_entries(const Module& module, const Section& relocations);
/// Several sections of a module may share a name: the table follows its section.
const Section* relocations_of(const Module& module, const Section& section);

}  // namespace symline::kernel
