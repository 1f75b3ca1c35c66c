// Which files were mapped where: by NT_FILE, or by the dynamic linker's map where that is missing.
#pragma once

#include <string>
#include <vector>

#include "process/core_notes.h"
#include "process/loaded_elf.h"
#include "symline/mapping.h"
#include "symline/process.h"

namespace symline::process {

struct MappedFiles {
    std::vector<Mapping> mappings;  ///< by address
    std::string program;            ///< the program's path; may be empty
    std::optional<BuildId> program_build_id;
    std::vector<std::string> problems;
};

/// `files` is what the core or the kernel lists; without any, the dynamic linker's map is read.
MappedFiles read_mapped_files(const Memory& memory, WordFormat format,
                              const std::vector<FileRange>& files, const AuxiliaryVector& auxiliary,
                              const ProcessOptions& options);

}  // namespace symline::process
