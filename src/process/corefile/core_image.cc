#include "process/corefile/core_image.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/hex.h"
#include "process/corefile/compressed_core.h"

namespace symline::process {
namespace {

constexpr std::uint16_t kElfCore = 4;
constexpr std::uint16_t kManyHeaders = 0xffff;  // PN_XNUM: the count is in section 0's sh_info
/// Far more mappings than vm.max_map_count allows a process.
constexpr std::uint64_t kMaxHeaders = std::uint64_t{1} << 22;
/// Of all notes. A thread has about 4 KB of registers, with AVX-512; the list of files at most 4
/// MB.
constexpr std::uint64_t kMaxNotes = std::uint64_t{1} << 28;

}  // namespace

std::string Memory::why_missing(std::uint64_t address) const {
    return "the stack at " + base::hex(address) + " is not there";
}

std::string read_string(const Memory& memory, std::uint64_t address, std::size_t limit) {
    std::string text;
    std::array<std::uint8_t, 64> piece{};
    while (text.size() < limit) {
        // A string may end where memory does: no piece crosses a multiple of its size.
        const std::size_t size = piece.size() - address % piece.size();
        if (!memory.read(address, std::span(piece).first(size))) break;
        const auto* end = static_cast<const std::uint8_t*>(std::memchr(piece.data(), 0, size));
        text.append(reinterpret_cast<const char*>(piece.data()),
                    end == nullptr ? size : static_cast<std::size_t>(end - piece.data()));
        if (end != nullptr) break;
        address += size;
    }
    if (text.size() > limit) text.resize(limit);
    return text;
}

Expected<CoreImage> CoreImage::open(const std::string& path) {
    auto file = base::RegularFile::open(path);
    if (!file) return std::unexpected(std::move(file.error()));
    if (!is_compressed(*file)) return from_file(path, base::PagedFile(std::move(*file)));
    auto unpacked = decompress_core(path, *file);
    if (!unpacked) return std::unexpected(std::move(unpacked.error()));
    return from_file(path, std::move(*unpacked));
}

Expected<CoreImage> CoreImage::from_file(std::string path, base::PagedFile file) {
    CoreImage image(std::move(path), std::move(file));
    if (auto read = image.read_headers(); !read) return std::unexpected(std::move(read.error()));
    return image;
}

Expected<void> CoreImage::read_headers() {
    std::array<std::uint8_t, 64> room{};
    const auto bytes = std::span(room).first(std::min<std::uint64_t>(room.size(), file_.size()));
    if (!file_.read(0, bytes)) {
        return std::unexpected(error(ErrorCode::unreadable, "the ELF header cannot be read"));
    }
    if (bytes.size() < 4 || std::memcmp(bytes.data(), "\177ELF", 4) != 0) {
        return std::unexpected(error(ErrorCode::not_elf, "not an ELF core file"));
    }
    if (bytes.size() < 20 || (bytes[4] != 1 && bytes[4] != 2) || (bytes[5] != 1 && bytes[5] != 2)) {
        return std::unexpected(error(ErrorCode::truncated, "the ELF header is damaged"));
    }
    format_ = {.size = bytes[4] == 2 ? 8U : 4U, .big_endian = bytes[5] == 2};
    base::Cursor header(bytes, format_.big_endian, 16);
    const auto type = header.u16();
    machine_ = header.u16();
    if (type != kElfCore) {
        return std::unexpected(error(ErrorCode::unsupported, "an ELF file, but not a core"));
    }
    header.skip(4 + format_.size);  // e_version, e_entry
    const auto table = header.word(format_.size);
    const auto sections = header.word(format_.size);
    header.skip(6);  // e_flags, e_ehsize
    const auto entry_size = header.u16();
    std::uint64_t count = header.u16();
    if (!header.ok()) return std::unexpected(error(ErrorCode::truncated, "the ELF header is cut"));
    if (count == kManyHeaders) {
        const auto real = real_header_count(sections);
        if (!real) problems_.emplace_back("the count of program headers is missing");
        count = real.value_or(count);
    }
    read_segments(table, count, entry_size);
    return {};
}

/// The section headers of a core are one that holds the count in its sh_info.
std::optional<std::uint32_t> CoreImage::real_header_count(std::uint64_t sections) const {
    std::array<std::uint8_t, 4> info{};
    const std::uint64_t within = format_.size == 8 ? 44 : 28;
    if (sections == 0 || sections > ~within || !file_.read(sections + within, info)) return {};
    return base::load<std::uint32_t>(info.data(), format_.big_endian);
}

void CoreImage::read_segments(std::uint64_t table, std::uint64_t count, unsigned entry_size) {
    const bool wide = format_.size == 8;
    const unsigned needed = wide ? 56 : 32;
    if (entry_size < needed) {
        if (count != 0) problems_.emplace_back("the program headers have a wrong size");
        return;
    }
    const std::uint64_t room = clip(table, file_.size()) / entry_size;
    const std::uint64_t there = std::min({count, room, kMaxHeaders});
    if (there < count) {
        problems_.emplace_back(std::to_string(count - there) + " of " + std::to_string(count) +
                               " program headers are missing");
    }
    std::array<std::uint8_t, 56> bytes{};
    for (std::uint64_t i = 0; i < there; ++i) {
        if (!file_.read(table + i * entry_size, std::span(bytes).first(needed))) break;
        base::Cursor entry(bytes, format_.big_endian);
        CoreSegment segment;
        const auto type = entry.u32();
        if (wide) segment.flags = entry.u32();
        segment.offset = entry.word(format_.size);
        segment.address = entry.word(format_.size);
        entry.skip(format_.size);  // p_paddr
        segment.file_size = entry.word(format_.size);
        segment.memory_size = entry.word(format_.size);
        if (!wide) segment.flags = entry.u32();
        add_segment(type, segment);
    }
    std::ranges::stable_sort(segments_, {}, &CoreSegment::address);
    if (missing_ != 0) {
        problems_.emplace_back("the core is cut short: " + std::to_string(missing_) +
                               " bytes of memory are missing");
    }
}

std::uint64_t CoreImage::clip(std::uint64_t offset, std::uint64_t size) const {
    return offset > file_.size() ? 0 : std::min(size, file_.size() - offset);
}

void CoreImage::add_segment(std::uint32_t type, CoreSegment segment) {
    const auto size = clip(segment.offset, segment.file_size);
    if (type == elf::kSegmentNote) {
        if (size < segment.file_size) problems_.emplace_back("the core's notes are cut short");
        if (size != 0) add_notes(segment.offset, size);
    }
    if (type != elf::kSegmentLoad || segment.memory_size == 0) return;
    missing_ += segment.file_size - size < ~missing_ ? segment.file_size - size : 0;
    segment.file_size = std::min(size, segment.memory_size);
    segment.memory_size = std::min(segment.memory_size, ~segment.address);
    segments_.push_back(segment);
}

void CoreImage::add_notes(std::uint64_t offset, std::uint64_t size) {
    const auto taken = std::min(size, kMaxNotes - note_bytes_);
    if (taken < size) problems_.emplace_back("the core has more than 256 MB of notes");
    note_bytes_ += taken;
    std::vector<std::uint8_t> bytes(taken);
    if (file_.read(offset, bytes)) {
        notes_.push_back(std::move(bytes));
    } else {
        problems_.emplace_back("notes cannot be read");
    }
}

const CoreSegment* segment_at(const std::vector<CoreSegment>& segments, std::uint64_t address) {
    auto after = std::ranges::upper_bound(segments, address, {}, &CoreSegment::address);
    if (after == segments.begin()) return nullptr;
    --after;
    return after->contains(address) ? &*after : nullptr;
}

bool CoreImage::read(std::uint64_t address, std::span<std::uint8_t> to) const {
    while (!to.empty()) {
        const CoreSegment* segment = segment_at(segments_, address);
        if (segment == nullptr) return false;
        const std::uint64_t within = address - segment->address;
        if (within >= segment->file_size) return false;
        const auto size = std::min<std::uint64_t>(to.size(), segment->file_size - within);
        if (!file_.read(segment->offset + within, to.first(size))) return false;
        address += size;
        to = to.subspan(size);
    }
    return true;
}

}  // namespace symline::process
