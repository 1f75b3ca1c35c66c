// One ELF file: its headers, its sections and what they hold, in one byte order and one word size
// for the reader.
//
// 32 and 64 bit, either byte order. Extended section numbering (e_shnum 0, e_shstrndx SHN_XINDEX)
// and program header numbering (e_phnum PN_XNUM) as the System V ABI gives them. Opening reads the
// headers; the contents of a section are decompressed when they are first asked for, once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/mapped_file.h"
#include "symline/build_id.h"
#include "symline/error.h"
#include "symline/section.h"

namespace symline::elf {

/// What the public Section leaves out of a section header.
struct SectionHeader {
    std::uint64_t offset = 0;  ///< sh_offset
    std::uint32_t link = 0;
    std::uint32_t info = 0;
    std::uint64_t alignment = 0;
    std::uint64_t entry_size = 0;
};

/// One program header.
struct Segment {
    std::uint32_t type = 0;
    std::uint32_t flags = 0;
    std::uint64_t offset = 0;
    FileAddress address;
    std::uint64_t file_size = 0;
    std::uint64_t memory_size = 0;
    std::uint64_t alignment = 0;
};

/// Where .gnu_debuglink points: a file name and the CRC-32 of that file.
struct DebugLink {
    std::string_view file_name;
    std::uint32_t crc = 0;
};

class ElfFile {
public:
    static Expected<ElfFile> open(std::string path);
    /// An image in memory in place of a file; `image` must outlive the result.
    static Expected<ElfFile> from_memory(std::string name, base::Bytes image);

    const std::string& path() const { return path_; }
    /// Releases the pages of the file that were read (madvise).
    void release_pages() const {
        if (file_) file_->release_pages();
    }
    base::Bytes image() const { return image_; }
    /// Not a file of its own: see from_memory().
    bool in_memory() const { return !file_; }
    /// See MappedFile::copy().
    bool copy(base::Bytes part, std::uint8_t* to) const { return file_ && file_->copy(part, to); }
    bool is64() const { return is64_; }
    bool big_endian() const { return big_endian_; }
    unsigned address_size() const { return is64_ ? 8 : 4; }
    std::uint16_t type() const { return type_; }        ///< e_type
    std::uint16_t machine() const { return machine_; }  ///< e_machine
    bool relocatable() const;                           ///< ET_REL

    const std::vector<Section>& sections() const { return sections_; }
    const SectionHeader& header(const Section& section) const { return headers_[section.index]; }
    const Section* section(std::string_view name) const;
    /// A .debug_ section under its own name or its old compressed one (.zdebug_).
    const Section* debug_section(std::string_view name) const;
    /// The allocated section that holds an address.
    const Section* section_at(FileAddress address) const;
    /// True for an address inside an allocated, executable section: where code may be. An address
    /// left by a linker for a discarded function (0, 1, -1, -2) is not. In a relocatable file that
    /// has no code at all, only debug information (an assembler's, of a test), any other address
    /// is.
    bool is_code(std::uint64_t address) const;

    /// Gives the sections of a relocatable file the bases that they have in `other`, of which this
    /// is the debug file. Sections are matched by name and order.
    void place_like(const ElfFile& other);

    /// The bytes of a section, decompressed (SHF_COMPRESSED with zlib or zstd, or .zdebug_). Empty
    /// for SHT_NOBITS. Errors: truncated, malformed, unsupported.
    Expected<base::Bytes> contents(const Section& section) const;

    /// All program headers, or an error if they lie outside of the file.
    Expected<std::vector<Segment>> segments() const;
    std::optional<BuildId> build_id() const;
    std::optional<DebugLink> debug_link() const;

private:
    struct CodeRange {
        std::uint64_t low, high;
        const Section* section;
        bool executable;
    };

    ElfFile() = default;
    static Expected<ElfFile> parse(std::string path, base::Bytes image);
    template <typename ELFT>
    Expected<void> read_headers();
    template <typename ELFT>
    Expected<void> read_sections(std::uint64_t table, std::uint64_t count, std::uint32_t names);
    template <typename ELFT>
    std::vector<Segment> read_segments() const;
    Expected<void> place_sections();
    void index_addresses();
    Expected<base::Bytes> decompress(const Section& section, base::Bytes raw) const;
    std::optional<BuildId> find_build_id(base::Bytes notes, std::uint64_t alignment) const;
    Error error(ErrorCode code, std::string message) const;

    std::string path_;
    std::optional<base::MappedFile> file_;
    base::Bytes image_;
    bool is64_ = false;
    bool big_endian_ = false;
    std::uint16_t type_ = 0;
    std::uint16_t machine_ = 0;
    std::uint64_t segment_table_ = 0;
    std::uint64_t segment_count_ = 0;
    std::vector<Section> sections_;
    std::vector<SectionHeader> headers_;
    std::vector<CodeRange> ranges_;  ///< of allocated sections, by address
    bool code_anywhere_ = false;     ///< see is_code()
    struct Decompressed {
        std::unique_ptr<std::uint8_t[]> bytes;
        Expected<base::Bytes> result;
    };
    mutable std::unordered_map<std::uint32_t, Decompressed> decompressed_;
    mutable std::uint64_t compressed_bytes_read_ = 0;
    mutable std::uint64_t inflated_bytes_ = 0;
};

}  // namespace symline::elf
