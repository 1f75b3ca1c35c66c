// Which files were mapped where: by NT_FILE, or by the dynamic linker's map where that is missing.
#pragma once

#include <string>
#include <vector>

#include "process/corefile/core_notes.h"
#include "process/modules/loaded_elf.h"
#include "symline/mapping.h"
#include "symline/process.h"

namespace symline::process {

struct MappedFiles {
    std::vector<Mapping> mappings;  ///< by address
    std::string program;            ///< the program's path; may be empty
    std::optional<BuildId> program_build_id;
    /// What stands before the paths of its files here: the sysroot, or nothing and, for programs of
    /// another machine, where their libraries are for compilers and emulators.
    std::vector<std::string> roots;
    std::vector<std::string> problems;
};

struct MemoryMap {
    const std::vector<CoreSegment>& segments;  ///< all that is mapped, by address
    /// What the core or the kernel lists; without any, the dynamic linker's map is read.
    const std::vector<FileRange>& files;
    std::uint16_t machine = 0;  ///< e_machine
};
MappedFiles read_mapped_files(const Memory& memory, WordFormat format, const MemoryMap& map,
                              const AuxiliaryVector& auxiliary, const ProcessOptions& options);

}  // namespace symline::process
