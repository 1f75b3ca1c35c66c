// Memory of a process with what a core leaves out of it: what a file has there that the process
// cannot have changed.
#pragma once

#include <vector>

#include "elf/elf_file.h"
#include "process/memory.h"

namespace symline::process {

class FileMemory : public Memory {
public:
    /// Both are borrowed. `bias`: the process's address minus the file's.
    FileMemory(const Memory& memory, const elf::ElfFile& file, std::uint64_t bias);

    bool read(std::uint64_t address, std::span<std::uint8_t> to) const override;
    std::string why_missing(std::uint64_t address) const override {
        return memory_.why_missing(address);
    }

private:
    const Memory& memory_;
    const elf::ElfFile& file_;
    std::uint64_t bias_;
    std::vector<elf::Segment> constant_;  ///< that are loaded and not written
};

}  // namespace symline::process
