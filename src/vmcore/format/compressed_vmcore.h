// kdump-compressed dumps ("diskdump" of makedumpfile and of QEMU): each page is compressed by
// itself, and unwanted pages are left out.
//
// Layout, in blocks: the header, a second header, two bitmaps (which pages exist; which are in the
// dump), a descriptor for each page of the second bitmap, the pages' data. See makedumpfile's
// IMPLEMENTATION file and diskdump_mod.h.
#pragma once

#include "vmcore/format/page_compression.h"
#include "vmcore/memory/physical_memory.h"

namespace symline::vmcore {

bool is_compressed_vmcore(const DumpFile& file);

class CompressedVmcore : public PhysicalMemory {
public:
    /// Errors: truncated, malformed, unsupported (one part of a split dump).
    static Expected<std::unique_ptr<PhysicalMemory>> open(std::unique_ptr<DumpFile> file,
                                                          std::vector<std::string>& problems);

    bool read(std::uint64_t address, std::span<std::uint8_t> to) const override;
    void for_each_page(std::uint64_t max_pages,
                       const std::function<bool(std::uint64_t)>& visit) const override;

private:
    using Page = std::vector<std::uint8_t>;  ///< of block_size_ bytes
    struct CachedPage {
        std::uint64_t frame = ~std::uint64_t{0};
        Page bytes;
    };
    struct Descriptor {
        std::uint64_t offset;
        std::uint32_t size, flags;
    };

    explicit CompressedVmcore(std::unique_ptr<DumpFile> file) : file_(std::move(file)) {}
    Expected<void> read_header();
    Expected<void> read_second_header();
    const Page* page(std::uint64_t frame) const;
    bool read_page(std::uint64_t frame, Page& to) const;
    bool unpack(const Descriptor& descriptor, Page& to) const;
    const Page* bitmap_page(std::uint64_t index) const;
    std::optional<std::uint64_t> descriptor_index(std::uint64_t frame) const;

    std::unique_ptr<DumpFile> file_;
    /// Of everything in the file, and of a page. QEMU takes the largest that the machine may have,
    /// whatever the kernel's pages are: 64 KB for arm64.
    std::uint64_t block_size_ = kPageSize;
    std::uint64_t frames_ = 0;       ///< page frames that the bitmap covers
    std::uint64_t bitmap_ = 0;       ///< where it is in the file
    std::uint64_t descriptors_ = 0;  ///< where they are
    /// How many pages of the dump come before each page of the bitmap, as far as was needed.
    mutable std::vector<std::uint64_t> ranks_;
    mutable std::uint64_t bitmap_page_ = ~std::uint64_t{0};
    mutable Page bitmap_bytes_;
    mutable std::vector<CachedPage> cache_;
};

}  // namespace symline::vmcore
