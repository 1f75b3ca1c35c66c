// The dynamic linker's own list of what it has loaded, read from a process's memory.
#pragma once

#include <string>
#include <vector>

#include "process/modules/loaded_elf.h"

namespace symline::process {

struct LinkedFile {
    std::uint64_t bias = 0;     ///< l_addr
    std::uint64_t dynamic = 0;  ///< l_ld
    std::string path;           ///< l_name; empty for the program
};

/// Follows r_debug from the program's PT_DYNAMIC (DT_DEBUG, or what MIPS has in its place). Empty
/// for a static program.
std::vector<LinkedFile> read_link_map(const Memory& memory, WordFormat format,
                                      const LoadedElf& program);

}  // namespace symline::process
