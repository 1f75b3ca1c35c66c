// The ELF core file as memory: its program headers, and bytes by address.
//
// Unlike elf::ElfFile it accepts a file that was cut short, and uses what is left of it. Of the
// section headers, only a count of program headers is read (PN_XNUM).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/paged_file.h"
#include "elf/constants.h"
#include "process/memory.h"
#include "symline/error.h"

namespace symline::process {

struct CoreSegment {
    std::uint64_t address = 0;
    std::uint64_t memory_size = 0;
    std::uint64_t offset = 0;     ///< in the file
    std::uint64_t file_size = 0;  ///< clipped to what the file holds
    std::uint32_t flags = 0;
    std::string name{};  ///< "[heap]": of a living process

    bool contains(std::uint64_t at) const { return at - address < memory_size && at >= address; }
    bool executable() const { return (flags & elf::kSegmentExecutable) != 0; }
    bool writable() const { return (flags & elf::kSegmentWritable) != 0; }
};

/// The segment that holds an address, or null. `segments` are in the order of their addresses.
const CoreSegment* segment_at(const std::vector<CoreSegment>& segments, std::uint64_t address);

class CoreImage : public Memory {
public:
    /// Errors: those of PagedFile::open, not_elf, unsupported (not a core), truncated (the headers
    /// themselves are missing).
    static Expected<CoreImage> open(const std::string& path);
    static Expected<CoreImage> from_file(std::string path, base::PagedFile file);

    /// Not for two threads at once.
    bool read(std::uint64_t address, std::span<std::uint8_t> to) const override;

    const std::string& path() const { return path_; }
    WordFormat format() const { return format_; }
    std::uint16_t machine() const { return machine_; }
    /// By address.
    const std::vector<CoreSegment>& segments() const { return segments_; }
    /// The contents of the PT_NOTE headers, as far as the file holds them.
    const std::vector<std::vector<std::uint8_t>>& notes() const { return notes_; }
    const std::vector<std::string>& problems() const { return problems_; }

private:
    CoreImage(std::string path, base::PagedFile file)
        : path_(std::move(path)), file_(std::move(file)) {}
    Expected<void> read_headers();
    std::optional<std::uint32_t> real_header_count(std::uint64_t sections) const;
    void read_segments(std::uint64_t table, std::uint64_t count, unsigned entry_size);
    void add_segment(std::uint32_t type, CoreSegment segment);
    void add_notes(std::uint64_t offset, std::uint64_t size);
    std::uint64_t clip(std::uint64_t offset, std::uint64_t size) const;
    Error error(ErrorCode code, std::string message) const {
        return {code, path_, std::move(message)};
    }

    std::string path_;
    base::PagedFile file_;
    WordFormat format_;
    std::uint16_t machine_ = 0;
    std::vector<CoreSegment> segments_;
    std::vector<std::vector<std::uint8_t>> notes_;
    std::vector<std::string> problems_;
    std::uint64_t note_bytes_ = 0;
    std::uint64_t missing_ = 0;  ///< bytes of segments after the end of the file
};

}  // namespace symline::process
