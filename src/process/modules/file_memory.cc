#include "process/modules/file_memory.h"

#include <algorithm>

#include "elf/constants.h"

namespace symline::process {

FileMemory::FileMemory(const Memory& memory, const elf::ElfFile& file, std::uint64_t bias)
    : memory_(memory), file_(file), bias_(bias) {
    const auto segments = file.segments();
    if (!segments) return;
    for (const elf::Segment& each : *segments) {
        const bool written = (each.flags & elf::kSegmentWritable) != 0;
        if (each.type == elf::kSegmentLoad && !written) constant_.push_back(each);
    }
}

bool FileMemory::read(std::uint64_t address, std::span<std::uint8_t> to) const {
    if (memory_.read(address, to)) return true;
    const std::uint64_t place = address - bias_;
    for (const elf::Segment& each : constant_) {
        const std::uint64_t skipped = place - each.address.value;
        if (place < each.address.value || skipped >= each.file_size) continue;
        const std::uint64_t left = each.file_size - skipped;
        const auto bytes = base::tail(base::tail(file_.image(), each.offset), skipped);
        if (to.size() > left || to.size() > bytes.size()) return false;
        std::ranges::copy(bytes.first(to.size()), to.begin());
        return true;
    }
    return false;
}

}  // namespace symline::process
