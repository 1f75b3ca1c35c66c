#include "symline/module_elf.h"

#include <algorithm>
#include <bit>

#include "elf/constants.h"
#include "symbolize/module_parts.h"

namespace symline {
namespace {

constexpr std::uint64_t kPage = 0x1000;

FileType file_type(std::uint16_t type) {
    switch (type) {
        case 1: return FileType::relocatable;
        case 2: return FileType::executable;
        case 3: return FileType::shared;
        case 4: return FileType::core;
        default: return FileType::other;
    }
}

}  // namespace

FileType ModuleElf::type() const {
    return file_type(parts_->code.type());
}

std::uint16_t ModuleElf::machine() const {
    return parts_->code.machine();
}

unsigned ModuleElf::address_size() const {
    return parts_->code.address_size();
}

bool ModuleElf::big_endian() const {
    return parts_->code.big_endian();
}

FileAddress ModuleElf::load_start() const {
    const auto segments = parts_->code.segments();
    if (!segments) return {};
    for (const elf::Segment& segment : *segments) {
        if (segment.type != elf::kSegmentLoad) continue;
        const auto alignment = std::has_single_bit(segment.alignment) ? segment.alignment : kPage;
        return FileAddress{segment.address.value & ~(std::max(alignment, kPage) - 1)};
    }
    return {};
}

std::optional<FileAddress> ModuleElf::address_of_file_offset(std::uint64_t offset) const {
    const auto segments = parts_->code.segments();
    if (!segments) return std::nullopt;
    for (const elf::Segment& segment : *segments) {
        if (segment.type != elf::kSegmentLoad || offset - segment.offset >= segment.file_size)
            continue;
        return FileAddress{segment.address.value + (offset - segment.offset)};
    }
    return std::nullopt;
}

std::optional<FileAddress> ModuleElf::address_in_code_mapping(std::uint64_t offset) const {
    const auto segments = parts_->code.segments();
    if (!segments) return std::nullopt;
    for (const elf::Segment& segment : *segments) {
        if (segment.type != elf::kSegmentLoad || (segment.flags & elf::kSegmentExecutable) == 0)
            continue;
        const std::uint64_t begin = segment.address.value & ~(kPage - 1);
        const std::uint64_t end = segment.address.value + segment.memory_size;
        if (offset < end - begin) return FileAddress{begin + offset};
    }
    return std::nullopt;
}

}  // namespace symline
