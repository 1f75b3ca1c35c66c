// The physical memory of a machine, as far as a dump holds it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "symline/error.h"
#include "vmcore/format/dump_file.h"

namespace symline::vmcore {

/// What the header of a dump says, in whichever form it is.
struct DumpHeader {
    std::uint16_t machine = 0;  ///< e_machine; 0: not said
    bool narrow = false;        ///< its words have 32 bits, which no machine's has that is read
    bool big_endian = false;    ///< the header and the notes, but not always the memory
    std::string form;           ///< "ELF", "kdump-compressed"
    /// The contents of its note segments, or of what takes their place.
    std::vector<std::uint8_t> notes;
    /// VMCOREINFO where it stands apart; else empty.
    std::vector<std::uint8_t> vmcoreinfo;
    /// Where the kernel's image begins in physical memory, less where it was linked to: where the
    /// dump says so outside of VMCOREINFO.
    std::optional<std::uint64_t> physical_base;
    /// It says where memory lies physically, which cores of processes do not.
    bool physical = false;
};

class PhysicalMemory {
public:
    static constexpr std::uint64_t kPageSize = 4096;

    virtual ~PhysicalMemory() = default;
    const DumpHeader& header() const { return header_; }

    /// False when not all of it is in the dump. Not thread-safe: pages that were read
    /// are cached.
    virtual bool read(std::uint64_t address, std::span<std::uint8_t> to) const = 0;

    /// Calls `visit` with each page's address, ascending, until it returns false or `max_pages`
    /// were visited.
    virtual void for_each_page(std::uint64_t max_pages,
                               const std::function<bool(std::uint64_t)>& visit) const = 0;

protected:
    DumpHeader header_;
};

/// An ELF vmcore or a kdump-compressed dump, recognised by its contents. What is damaged or missing
/// is appended to `problems`. Errors: not_elf (neither), truncated, malformed, unsupported.
Expected<std::unique_ptr<PhysicalMemory>> open_physical_memory(std::unique_ptr<DumpFile> file,
                                                               std::vector<std::string>& problems);

}  // namespace symline::vmcore
