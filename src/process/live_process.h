// A living process. To unwind it, it is stopped as briefly as possible: registers and stacks are
// copied, and it is unwound from the copy while it runs on.
#pragma once

#include <vector>

#include "process/process_maps.h"
#include "process/snapshot.h"

namespace symline::process {

/// The used part of each stack, copied. Code and constants are read from the files.
class CopiedMemory : public Memory {
public:
    explicit CopiedMemory(int pid) : process_(pid) {}
    bool read(std::uint64_t address, std::span<std::uint8_t> to) const override;
    void copy(std::uint64_t begin, std::uint64_t end);

private:
    struct Piece {
        std::uint64_t begin = 0;
        std::vector<std::uint8_t> bytes;
    };
    ProcessMemory process_;
    std::vector<Piece> pieces_;
};

/// As it is, running: threads without registers. Errors: not_found (no such process), unreadable,
/// not_elf.
Expected<Snapshot> look_at_process(int pid);
/// Stopped for a moment: with registers, and a copy of the stacks as its memory. Errors: also
/// unreadable where it may not be traced.
Expected<Snapshot> capture_process(int pid);

}  // namespace symline::process
