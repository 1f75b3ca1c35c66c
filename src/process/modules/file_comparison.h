// A file compared with what a process has of it in memory: what is left to tell whether it is the
// one that was mapped, where there is no build id.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "elf/elf_file.h"
#include "symline/address.h"
#include "symline/module.h"

namespace symline::process {

/// False where not all of it is in memory.
using ReadMemory = std::function<bool(RuntimeAddress, std::span<std::uint8_t>)>;

struct FileComparison {
    std::uint64_t pages = 0;                    ///< that were compared
    std::optional<std::uint64_t> differs_at{};  ///< the offset in the file; nothing: all alike
};

/// Compares what the process cannot have written: of each loaded segment that is not writable the
/// pages that are in memory, or an even choice of them where there are many. The page with the
/// file's headers has to be the same to the byte; in others a few bytes may differ, which debuggers
/// and the program itself patch.
FileComparison compare_with_memory(const elf::ElfFile& file, LoadBias bias, const ReadMemory& read);

/// Whether the bytes around an address of code are those of the module, but for a few that were
/// patched. True where one of the two is not there.
bool is_code_of(const Module& module, FileAddress place, RuntimeAddress address,
                const ReadMemory& read);

}  // namespace symline::process
