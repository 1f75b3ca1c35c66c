// A living process, stopped as briefly as possible: registers and stacks are copied, then it runs
// on, and is unwound from the copy.
#pragma once

#include <string>
#include <vector>

#include "process/core_notes.h"
#include "process/mappings.h"
#include "process/process_maps.h"

namespace symline::process {

/// Memory that was copied: the used part of each stack. Code and constants are the files' own.
class CopiedMemory : public Memory {
public:
    explicit CopiedMemory(int pid) : process_(pid) {}
    bool read(std::uint64_t address, std::span<std::uint8_t> to) const override;
    void take(std::uint64_t begin, std::uint64_t end);
    const Memory& process() const { return process_; }

private:
    struct Piece {
        std::uint64_t begin = 0;
        std::vector<std::uint8_t> bytes;
    };
    ProcessMemory process_;
    std::vector<Piece> pieces_;
};

struct LiveThread {
    CoreThread thread;
    std::string name;
};

struct LiveProcess {
    ProcessFormat format;
    CoreProcess process;
    std::vector<LiveThread> threads;
    std::vector<CoreSegment> segments;
    MappedFiles files;
    std::unique_ptr<CopiedMemory> memory;
    std::vector<std::string> problems;
};

/// Errors: not_found (no such process), unreadable (it may not be traced), unsupported.
Expected<LiveProcess> capture_process(int pid);

}  // namespace symline::process
