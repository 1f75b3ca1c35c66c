#include "vmcore/format/elf_vmcore.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "elf/constants.h"

namespace symline::vmcore {
namespace {

constexpr std::uint32_t kLoad = 1;
constexpr std::uint32_t kNote = 4;
constexpr std::uint16_t kCore = 4;
constexpr std::uint64_t kManyHeaders = 0xffff;  // PN_XNUM
/// 24 bytes each are kept. QEMU with paging writes one for each run of pages: 65,888 for 192 MB.
constexpr std::uint64_t kMaxHeaders = std::uint64_t{1} << 23;
/// A note of 400 bytes for each CPU, and VMCOREINFO of 4 KB.
constexpr std::uint64_t kMaxNotes = std::uint64_t{16} << 20;
/// Where x86-64 links its kernel, and moves it to at most; modules lie after it.
constexpr std::uint64_t kKernelMap = 0xffff'ffff'8000'0000;
constexpr std::uint64_t kKernelMapEnd = 0xffff'ffff'c000'0000;

}  // namespace

struct ElfVmcore::ProgramHeader {
    std::uint32_t type;
    std::uint64_t offset, virtual_address, physical_address, file_size;
};

bool is_elf(const DumpFile& file) {
    std::array<std::uint8_t, 4> magic{};
    return file.read(0, magic) && magic == std::array<std::uint8_t, 4>{0x7f, 'E', 'L', 'F'};
}

Expected<std::unique_ptr<PhysicalMemory>> ElfVmcore::open(std::unique_ptr<DumpFile> file,
                                                          std::vector<std::string>& problems) {
    std::unique_ptr<ElfVmcore> dump(new ElfVmcore(std::move(file)));
    if (auto read = dump->read_headers(problems); !read) return std::unexpected(read.error());
    return dump;
}

Expected<void> ElfVmcore::read_headers(std::vector<std::string>& problems) {
    const auto fail = [](ErrorCode code, const char* message) {
        return std::unexpected(Error{code, {}, message});
    };
    std::array<std::uint8_t, 64> bytes{};
    if (!file_->read(0, bytes)) return fail(ErrorCode::truncated, "the ELF header is cut short");
    header_.narrow = bytes[4] == 1;
    header_.big_endian = bytes[5] == 2;
    const auto half = [&](unsigned at) {
        return base::load<std::uint16_t>(bytes.data() + at, header_.big_endian);
    };
    // At the first of the places where the class is ELFCLASS32.
    const auto word = [&](unsigned narrow, unsigned wide) {
        return base::Cursor(bytes, header_.big_endian, header_.narrow ? narrow : wide)
            .word(word_size());
    };
    if (half(16) != kCore) return fail(ErrorCode::unsupported, "an ELF file, but not a core");
    header_.form = "ELF";
    header_.machine = half(18);
    if (half(header_.narrow ? 42 : 54) != header_size()) {
        return fail(ErrorCode::malformed, "program headers of an unknown size");
    }
    std::uint64_t count = half(header_.narrow ? 44 : 56);
    if (count == kManyHeaders) {
        std::array<std::uint8_t, 4> info{};  // sh_info of section 0
        if (!file_->read(word(32, 40) + (header_.narrow ? 28 : 44), info)) {
            return fail(ErrorCode::truncated, "the section header with the count is missing");
        }
        count = base::load<std::uint32_t>(info.data(), header_.big_endian);
    }
    read_table(word(28, 32), count, problems);
    order();
    if (missing_ > 0) {
        problems.push_back("the dump is cut short: " + std::to_string(missing_) +
                           " bytes of memory are missing");
    }
    return {};
}

void ElfVmcore::read_table(std::uint64_t table, std::uint64_t count,
                           std::vector<std::string>& problems) {
    if (count > kMaxHeaders) {
        problems.push_back("more program headers than " + std::to_string(kMaxHeaders) +
                           ": the rest is left out");
        count = kMaxHeaders;
    }
    constexpr std::uint64_t kBatch = 4096;
    const std::uint64_t entry = header_size();
    for (std::uint64_t first = 0; first < count; first += kBatch) {
        const std::uint64_t wanted = std::min(kBatch, count - first) * entry;
        const auto bytes = file_->read_some(table + first * entry, wanted);
        std::size_t said = 0;
        for (std::size_t at = 0; at + entry <= bytes.size(); at += entry) {
            base::Cursor header(base::Bytes(bytes).subspan(at, entry), header_.big_endian);
            const std::uint32_t type = header.u32();
            if (!header_.narrow) header.skip(4);
            const std::uint64_t offset = header.word(word_size());
            const std::uint64_t virtual_address = header.word(word_size());
            const std::uint64_t physical_address = header.word(word_size());
            const std::uint64_t file_size = header.word(word_size());
            said += take({type, offset, virtual_address, physical_address, file_size}) ? 1 : 0;
        }
        if (bytes.size() < wanted || said == 0) {
            problems.emplace_back("the program headers are cut short");
            return;
        }
    }
}

/// False for one that says nothing.
bool ElfVmcore::take(const ProgramHeader& header) {
    const std::uint64_t room = file_->size() - std::min(file_->size(), header.offset);
    const std::uint64_t size = std::min(header.file_size, room);
    if (header.type == kNote) {
        const std::uint64_t wanted = std::min(size, kMaxNotes - header_.notes.size());
        const auto notes = file_->read_some(header.offset, wanted);
        header_.notes.insert(header_.notes.end(), notes.begin(), notes.end());
    }
    if (header.type != kLoad || header.physical_address > ~header.file_size) {
        return header.type != 0;
    }
    header_.physical = header_.physical || header.physical_address != 0;
    missing_ += std::min(header.file_size - size, ~missing_);
    if (size == 0) return true;  // QEMU has one for each mapped device
    segments_.push_back({header.physical_address, size, header.offset});
    if (header_.machine == elf::kX86_64 && header.virtual_address >= kKernelMap &&
        header.virtual_address < kKernelMapEnd && !header_.physical_base) {
        header_.physical_base = header.physical_address - (header.virtual_address - kKernelMap);
    }
    return true;
}

/// The same memory may be there several times: QEMU writes it once for each mapping.
void ElfVmcore::order() {
    std::ranges::stable_sort(segments_, {}, &Segment::address);
    std::uint64_t covered = 0;
    std::size_t kept = 0;
    for (Segment segment : segments_) {
        if (segment.end() <= covered) continue;
        if (segment.address < covered) {
            const std::uint64_t known = covered - segment.address;
            segment = {covered, segment.size - known, segment.offset + known};
        }
        covered = segment.end();
        segments_[kept++] = segment;
    }
    segments_.resize(kept);
    segments_.shrink_to_fit();
}

bool ElfVmcore::read(std::uint64_t address, std::span<std::uint8_t> to) const {
    auto segment = std::ranges::upper_bound(segments_, address, {}, &Segment::address);
    if (segment == segments_.begin()) return to.empty();
    for (--segment; !to.empty(); ++segment) {
        if (segment == segments_.end() || segment->address > address) return false;
        if (address >= segment->end()) return false;
        const std::uint64_t into = address - segment->address;
        const auto part = to.first(std::min<std::uint64_t>(to.size(), segment->size - into));
        if (!file_->read(segment->offset + into, part)) return false;
        to = to.subspan(part.size());
        address += part.size();
    }
    return true;
}

void ElfVmcore::for_each_page(std::uint64_t max_pages,
                              const std::function<bool(std::uint64_t)>& visit) const {
    for (const Segment& segment : segments_) {
        std::uint64_t page = (segment.address + kPageSize - 1) & ~(kPageSize - 1);
        for (; page >= segment.address && page < segment.end(); page += kPageSize) {
            if (max_pages-- == 0 || !visit(page)) return;
        }
    }
}

}  // namespace symline::vmcore
