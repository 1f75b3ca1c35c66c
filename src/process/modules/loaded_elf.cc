#include "process/modules/loaded_elf.h"

#include <algorithm>
#include <cstring>

#include "elf/notes.h"
#include "elf/package_note.h"

namespace symline::process {
namespace {

/// Linkers make about a dozen of them.
constexpr std::uint64_t kMaxSegments = 256;
/// In all note segments of a file.
constexpr std::uint64_t kMaxNoteBytes = std::uint64_t{1} << 16;

unsigned entry_size(WordFormat format) {
    return format.size == 8 ? 56 : 32;
}

LoadedSegment parse_segment(base::Cursor entry, WordFormat format) {
    const bool wide = format.size == 8;
    LoadedSegment segment;
    segment.type = entry.u32();
    if (wide) segment.flags = entry.u32();
    segment.offset = entry.word(format.size);
    segment.address = entry.word(format.size);
    entry.skip(format.size);
    segment.file_size = entry.word(format.size);
    segment.memory_size = entry.word(format.size);
    if (!wide) segment.flags = entry.u32();
    return segment;
}

/// What `find` makes of the first note segment in which it finds something.
template <typename Find>
auto find_in_notes(const Memory& memory, const LoadedElf& file, Find find)
    -> decltype(find(base::Bytes())) {
    std::uint64_t room = kMaxNoteBytes;
    for (const auto& each : file.segments) {
        if (each.type != elf::kSegmentNote || each.file_size > room) continue;
        room -= each.file_size;
        std::vector<std::uint8_t> notes(each.file_size);
        if (!memory.read(each.address + file.bias, notes)) continue;
        if (auto found = find(notes)) return found;
    }
    return std::nullopt;
}

}  // namespace

const LoadedSegment* LoadedElf::segment(std::uint32_t type) const {
    const auto found = std::ranges::find(segments, type, &LoadedSegment::type);
    return found == segments.end() ? nullptr : &*found;
}

std::uint64_t LoadedElf::low() const {
    std::uint64_t lowest = ~std::uint64_t{0};
    for (const auto& each : segments) {
        if (each.type == elf::kSegmentLoad) lowest = std::min(lowest, each.address);
    }
    return lowest + bias;
}

std::uint64_t LoadedElf::high() const {
    std::uint64_t highest = 0;
    for (const auto& each : segments) {
        if (each.type == elf::kSegmentLoad)
            highest = std::max(highest, each.address + each.memory_size);
    }
    return highest + bias;
}

std::optional<LoadedElf> read_program_headers(const Memory& memory, WordFormat format,
                                              std::uint64_t table, std::uint64_t count) {
    if (count == 0 || count > kMaxSegments) return std::nullopt;
    std::vector<std::uint8_t> bytes(count * entry_size(format));
    if (!memory.read(table, bytes)) return std::nullopt;
    LoadedElf file;
    for (std::uint64_t i = 0; i < count; ++i) {
        const base::Cursor entry(bytes, format.big_endian, i * entry_size(format));
        file.segments.push_back(parse_segment(entry, format));
    }
    return file;
}

std::optional<LoadedElf> read_loaded_elf(const Memory& memory, WordFormat format,
                                         std::uint64_t header) {
    std::vector<std::uint8_t> bytes(format.size == 8 ? 64 : 52);
    if (!memory.read(header, bytes) || std::memcmp(bytes.data(), "\177ELF", 4) != 0 ||
        bytes[4] != (format.size == 8 ? 2 : 1) || bytes[5] != (format.big_endian ? 2 : 1)) {
        return std::nullopt;
    }
    base::Cursor cursor(bytes, format.big_endian, 24);
    cursor.skip(format.size);
    const auto table = cursor.word(format.size);
    cursor.skip(format.size + 6);
    const auto size = cursor.u16();
    const auto count = cursor.u16();
    if (size != entry_size(format)) return std::nullopt;
    auto file = read_program_headers(memory, format, header + table, count);
    if (!file) return std::nullopt;
    // The header is the first byte of the file: the segment that holds it says where it belongs.
    for (const auto& each : file->segments) {
        if (each.type != elf::kSegmentLoad || each.offset >= 4096) continue;
        file->bias = header - (each.address - each.offset);
        return file;
    }
    return std::nullopt;
}

std::optional<BuildId> read_build_id(const Memory& memory, WordFormat format,
                                     const LoadedElf& file) {
    return find_in_notes(memory, file, [&](base::Bytes notes) {
        return elf::build_id_in_notes(notes, format.big_endian);
    });
}

std::optional<Package> read_package(const Memory& memory, WordFormat format,
                                    const LoadedElf& file) {
    return find_in_notes(memory, file, [&](base::Bytes notes) {
        return elf::package_in_notes(notes, format.big_endian);
    });
}

}  // namespace symline::process
