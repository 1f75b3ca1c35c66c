// ELF vmcores: those of kdump (/proc/vmcore, makedumpfile -E) and of QEMU's dump-guest-memory.
#pragma once

#include "vmcore/memory/physical_memory.h"

namespace symline::vmcore {

bool is_elf(const DumpFile& file);

class ElfVmcore : public PhysicalMemory {
public:
    /// Errors: truncated, malformed, unsupported (not a core, 32 bit).
    static Expected<std::unique_ptr<PhysicalMemory>> open(std::unique_ptr<DumpFile> file,
                                                          std::vector<std::string>& problems);

    bool read(std::uint64_t address, std::span<std::uint8_t> to) const override;
    void for_each_page(std::uint64_t max_pages,
                       const std::function<bool(std::uint64_t)>& visit) const override;

private:
    struct Segment {
        std::uint64_t address;  ///< physical
        std::uint64_t size;
        std::uint64_t offset;  ///< in the file
        std::uint64_t end() const { return address + size; }
    };
    struct ProgramHeader;

    explicit ElfVmcore(std::unique_ptr<DumpFile> file) : file_(std::move(file)) {}
    unsigned word_size() const { return header_.narrow ? 4 : 8; }
    /// Of a program header.
    std::uint64_t header_size() const { return header_.narrow ? 32 : 56; }
    Expected<void> read_headers(std::vector<std::string>& problems);
    void read_table(std::uint64_t table, std::uint64_t count, std::vector<std::string>& problems);
    bool take(const ProgramHeader& header);
    void order();

    std::unique_ptr<DumpFile> file_;
    std::vector<Segment> segments_;  ///< by address, none overlapping another
    std::uint64_t missing_ = 0;      ///< bytes beyond the end of the file
};

}  // namespace symline::vmcore
