#include "vmcore/format/compressed_vmcore.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "base/bytes.h"
#include "elf/constants.h"

namespace symline::vmcore {
namespace {

/// "KDUMP   "; the diskdump of old had "DISKDUMP" and another second header.
constexpr std::string_view kSignature = "KDUMP   ";
/// The smallest and largest pages of the machines that write such dumps.
constexpr std::uint32_t kMinBlock = 4096, kMaxBlock = 65536;
constexpr std::uint64_t kDescriptorSize = 24;
constexpr std::size_t kCachedBytes = std::size_t{1} << 20;
/// 64 TiB, which is as much as four levels of page tables reach.
constexpr std::uint64_t kMaxPageFrames = std::uint64_t{1} << 34;
constexpr std::uint64_t kMaxNotes = std::uint64_t{16} << 20;
constexpr std::uint32_t kZlib = 1, kLzo = 2, kSnappy = 4, kIncomplete = 8, kZstd = 0x20;

// Of the header (struct disk_dump_header of a 64-bit machine).
constexpr std::uint64_t kMachineName = 12 + std::uint64_t{4} * 65;
constexpr std::uint64_t kBlockSize = 428;
constexpr std::uint64_t kHeaderEnd = 464;
// The same of a 32-bit machine, whose struct timeval before it has half the size.
constexpr std::uint64_t kBlockSize32 = 416;
// Of the second header (struct kdump_sub_header).
constexpr std::uint64_t kSecondHeaderEnd = 104;

std::unexpected<Error> fail(ErrorCode code, const char* message) {
    return std::unexpected(Error{code, {}, message});
}

PageCompression compression(std::uint32_t flags) {
    if ((flags & kZlib) != 0) return PageCompression::zlib;
    if ((flags & kLzo) != 0) return PageCompression::lzo;
    if ((flags & kSnappy) != 0) return PageCompression::snappy;
    if ((flags & kZstd) != 0) return PageCompression::zstd;
    return PageCompression::none;
}

std::uint16_t machine_of(std::string_view name) {
    if (name == "x86_64") return 62;
    if (name == "aarch64") return 183;
    if (name == "ppc64le" || name == "ppc64") return 21;
    if (name == "s390x" || name == "S390X") return 22;  // the latter by QEMU
    if (name == "riscv64") return 243;
    if (name == "mips64") return 8;
    if (name == "loongarch64") return 258;
    if (name.size() == 4 && name.front() == 'i' && name.ends_with("86")) return 3;
    if (name.starts_with("arm")) return 40;
    return 0;
}

bool is_block_size(std::uint32_t size) {
    return std::has_single_bit(size) && size >= kMinBlock && size <= kMaxBlock;
}

/// The header is that of a 32-bit machine. What a 64-bit one has there is less than a second, and 0
/// in QEMU's dumps, which do not name all machines.
bool is_of_32_bits(base::Bytes header, std::uint16_t machine) {
    if (machine != 0) return machine == elf::kI386 || machine == elf::kArm;
    const auto size = base::load<std::uint32_t>(header.data() + kBlockSize32, false);
    return is_block_size(size) || is_block_size(base::swap_bytes(size));
}

std::uint64_t bits_before(base::Bytes page, std::uint64_t end) {
    std::uint64_t count = 0;
    std::uint64_t at = 0;
    for (; at + 64 <= end; at += 64) {
        count += std::popcount(base::load<std::uint64_t>(page.data() + at / 8, false));
    }
    for (; at < end; ++at) count += (page[at / 8] >> (at % 8)) & 1;
    return count;
}

}  // namespace

bool is_compressed_vmcore(const DumpFile& file) {
    std::array<std::uint8_t, 8> begin{};
    return file.read(0, begin) && std::string_view(reinterpret_cast<const char*>(begin.data()),
                                                   begin.size()) == kSignature;
}

Expected<std::unique_ptr<PhysicalMemory>> CompressedVmcore::open(
    std::unique_ptr<DumpFile> file, std::vector<std::string>& problems) {
    std::unique_ptr<CompressedVmcore> dump(new CompressedVmcore(std::move(file)));
    if (auto read = dump->read_header(); !read) return std::unexpected(read.error());
    if (dump->descriptors_ >= dump->file_->size()) {
        problems.emplace_back("the dump is cut short: no page of memory is in it");
    }
    return dump;
}

Expected<void> CompressedVmcore::read_header() {
    const auto bytes = file_->read_some(0, kHeaderEnd);
    if (bytes.size() < kHeaderEnd) return fail(ErrorCode::truncated, "the header is cut short");
    header_.form = "kdump-compressed";
    header_.physical = true;
    header_.machine = machine_of(base::string_at(bytes, kMachineName));
    if (is_of_32_bits(bytes, header_.machine)) {
        header_.narrow = true;
        return {};
    }
    const auto size_as_stored = base::load<std::uint32_t>(bytes.data() + kBlockSize, false);
    header_.big_endian = !is_block_size(size_as_stored);
    base::Cursor in(bytes, header_.big_endian, kBlockSize);
    const std::uint32_t block_size = in.u32();
    const std::uint32_t second_header_blocks = in.u32();
    const std::uint32_t bitmap_blocks = in.u32();
    frames_ = in.u32();
    if (!is_block_size(block_size)) {
        return fail(ErrorCode::malformed, "the header gives pages of an impossible size");
    }
    block_size_ = block_size;
    if (auto read = read_second_header(); !read) return read;
    const std::uint64_t bitmaps = (1 + std::uint64_t{second_header_blocks}) * block_size_;
    const std::uint64_t bitmap_size = std::uint64_t{bitmap_blocks} * block_size_ / 2;
    bitmap_ = bitmaps + bitmap_size;
    descriptors_ = bitmaps + std::uint64_t{bitmap_blocks} * block_size_;
    // A bitmap is written in full, zeros as well.
    const std::uint64_t given = std::min(bitmap_size, file_->given());
    frames_ = std::min({frames_, given * 8, kMaxPageFrames});
    return {};
}

Expected<void> CompressedVmcore::read_second_header() {
    auto bytes = file_->read_some(block_size_, kSecondHeaderEnd);
    if (bytes.empty()) return fail(ErrorCode::truncated, "the second header is cut short");
    bytes.resize(kSecondHeaderEnd);  // older versions of it are shorter
    base::Cursor in(bytes, header_.big_endian);
    header_.physical_base = in.u64();
    in.skip(4);
    if (in.u32() != 0) return fail(ErrorCode::unsupported, "one part of a split dump");
    in.seek(32);
    const std::uint64_t vmcoreinfo = in.u64();
    const std::uint64_t vmcoreinfo_size = in.u64();
    const std::uint64_t notes = in.u64();
    const std::uint64_t notes_size = in.u64();
    in.skip(32);
    if (const std::uint64_t frames = in.u64(); frames != 0) frames_ = frames;
    header_.notes = file_->read_some(notes, std::min(notes_size, kMaxNotes));
    header_.vmcoreinfo = file_->read_some(vmcoreinfo, std::min(vmcoreinfo_size, kMaxNotes));
    return {};
}

const CompressedVmcore::Page* CompressedVmcore::bitmap_page(std::uint64_t index) const {
    if (index == bitmap_page_) return &bitmap_bytes_;
    bitmap_page_ = ~std::uint64_t{0};
    bitmap_bytes_.resize(block_size_);
    if (!file_->read(bitmap_ + index * block_size_, bitmap_bytes_)) return nullptr;
    bitmap_page_ = index;
    return &bitmap_bytes_;
}

/// Nothing for a page that the dump leaves out.
std::optional<std::uint64_t> CompressedVmcore::descriptor_index(std::uint64_t frame) const {
    if (frame >= frames_) return std::nullopt;
    const std::uint64_t frames_in_page = block_size_ * 8;
    const std::uint64_t index = frame / frames_in_page;
    if (ranks_.empty()) ranks_.push_back(0);
    while (ranks_.size() <= index) {
        const Page* page = bitmap_page(ranks_.size() - 1);
        if (page == nullptr) return std::nullopt;
        ranks_.push_back(ranks_.back() + bits_before(*page, frames_in_page));
    }
    const Page* page = bitmap_page(index);
    const std::uint64_t bit = frame % frames_in_page;
    if (page == nullptr || (((*page)[bit / 8] >> (bit % 8)) & 1) == 0) return std::nullopt;
    return ranks_[index] + bits_before(*page, bit);
}

bool CompressedVmcore::unpack(const Descriptor& descriptor, Page& to) const {
    if ((descriptor.flags & kIncomplete) != 0 || descriptor.size > 2 * block_size_) {
        return false;
    }
    std::array<std::uint8_t, std::size_t{2} * kMaxBlock> packed;
    const auto data = std::span(packed).first(descriptor.size);
    return file_->read(descriptor.offset, data) &&
           decompress_page(compression(descriptor.flags), data, to);
}

bool CompressedVmcore::read_page(std::uint64_t frame, Page& to) const {
    const auto index = descriptor_index(frame);
    std::array<std::uint8_t, kDescriptorSize> bytes{};
    if (!index || !file_->read(descriptors_ + *index * kDescriptorSize, bytes)) return false;
    base::Cursor in(bytes, header_.big_endian);
    const std::uint64_t offset = in.u64();
    const std::uint32_t size = in.u32();
    return unpack({offset, size, in.u32()}, to);
}

const CompressedVmcore::Page* CompressedVmcore::page(std::uint64_t frame) const {
    if (cache_.empty()) cache_.resize(kCachedBytes / block_size_);
    CachedPage& cached = cache_[frame % cache_.size()];
    if (cached.frame == frame) return &cached.bytes;
    cached.frame = ~std::uint64_t{0};
    cached.bytes.resize(block_size_);
    if (!read_page(frame, cached.bytes)) return nullptr;
    cached.frame = frame;
    return &cached.bytes;
}

bool CompressedVmcore::read(std::uint64_t address, std::span<std::uint8_t> to) const {
    while (!to.empty()) {
        const std::uint64_t into = address % block_size_;
        const auto part = to.first(std::min<std::uint64_t>(to.size(), block_size_ - into));
        const Page* from = page(address / block_size_);
        if (from == nullptr) return false;
        std::copy_n(from->begin() + static_cast<std::ptrdiff_t>(into), part.size(), part.begin());
        to = to.subspan(part.size());
        address += part.size();
    }
    return true;
}

void CompressedVmcore::for_each_page(std::uint64_t max_pages,
                                     const std::function<bool(std::uint64_t)>& visit) const {
    const std::uint64_t frames_in_page = block_size_ * 8;
    for (std::uint64_t first = 0; first < frames_; first += frames_in_page) {
        const Page* loaded = bitmap_page(first / frames_in_page);
        if (loaded == nullptr) return;
        const Page bits = *loaded;
        const std::uint64_t end = std::min(frames_in_page, frames_ - first);
        if (bits_before(bits, end) == 0) continue;
        for (std::uint64_t bit = 0; bit < end; ++bit) {
            if (((bits[bit / 8] >> (bit % 8)) & 1) == 0) continue;
            const std::uint64_t block = (first + bit) * block_size_;
            for (std::uint64_t into = 0; into < block_size_; into += kPageSize) {
                if (max_pages-- == 0 || !visit(block + into)) return;
            }
        }
    }
}

}  // namespace symline::vmcore
