// The unwind tables of 32-bit Arm, .ARM.exidx and .ARM.extab: Exception Handling ABI for the Arm
// Architecture, sections 6 and 10.3.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "elf/elf_file.h"
#include "process/memory.h"

namespace symline::process {

/// The index table of a file in memory: its PT_ARM_EXIDX.
struct ExidxTable {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
};

/// Nothing where a file has no such table. `bias`: runtime address minus the file's.
std::optional<ExidxTable> find_exidx(const elf::ElfFile& file, std::uint64_t bias);

/// One change of the stack pointer or of registers on the way out of a function (table 4).
struct ExidxOperation {
    enum class Kind {
        move,  ///< by `value` bytes
        pop,   ///< the registers of the mask `value`
        skip,  ///< `value` bytes with registers that are not followed: VFP, WMMX
        from,  ///< the stack pointer is the register `value`
    };
    Kind kind = Kind::move;
    std::int64_t value = 0;
    friend bool operator==(const ExidxOperation&, const ExidxOperation&) = default;
};

struct ExidxEntry {
    enum class Meaning {
        none,        ///< no entry, or a table that is not there
        refused,     ///< EXIDX_CANTUNWIND
        unreadable,  ///< reserved opcodes, or "refuse to unwind"
        unwound,
    };
    /// Where it begins. It goes on until the next entry: code that has none is covered by that of a
    /// function before it, and functions with the same operations may share one.
    std::uint64_t function = 0;
    Meaning meaning = Meaning::none;
    std::vector<ExidxOperation> operations;
};

ExidxEntry read_exidx_entry(const Memory& memory, bool big_endian, const ExidxTable& table,
                            std::uint64_t pc);

}  // namespace symline::process
