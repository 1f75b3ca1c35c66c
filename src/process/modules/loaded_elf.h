// An ELF file in the memory of a process: its program headers and what they lead to.
#pragma once

#include <optional>
#include <vector>

#include "elf/constants.h"
#include "process/memory.h"
#include "symline/build_id.h"
#include "symline/mapping.h"
#include "symline/package.h"

namespace symline::process {

struct LoadedSegment {
    std::uint32_t type = 0;
    std::uint32_t flags = 0;
    std::uint64_t offset = 0;
    std::uint64_t address = 0;  ///< in the file's address space
    std::uint64_t file_size = 0;
    std::uint64_t memory_size = 0;
};

struct LoadedElf {
    std::vector<LoadedSegment> segments;
    std::uint64_t bias = 0;

    const LoadedSegment* segment(std::uint32_t type) const;
    std::uint64_t low() const;   ///< runtime address of the first byte that is loaded
    std::uint64_t high() const;  ///< runtime address after the last byte that is loaded
};

/// The file whose ELF header lies at an address. Nothing where there is none.
std::optional<LoadedElf> read_loaded_elf(const Memory& memory, WordFormat format,
                                         std::uint64_t header);
/// `count` program headers at an address; the bias is left 0.
std::optional<LoadedElf> read_program_headers(const Memory& memory, WordFormat format,
                                              std::uint64_t table, std::uint64_t count);

/// The build id in the notes of a loaded file.
std::optional<BuildId> read_build_id(const Memory& memory, WordFormat format,
                                     const LoadedElf& file);
/// The package in the notes of a loaded file.
std::optional<Package> read_package(const Memory& memory, WordFormat format, const LoadedElf& file);

}  // namespace symline::process
