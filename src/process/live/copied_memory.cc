#include "process/live/copied_memory.h"

#include <algorithm>
#include <cstring>
#include <ranges>

namespace symline::process {

bool CopiedMemory::read(std::uint64_t address, std::span<std::uint8_t> to) const {
    for (const Piece& each : pieces_ | std::views::reverse) {
        if (address < each.begin || address - each.begin >= each.bytes.size()) continue;
        const auto within = address - each.begin;
        if (each.bytes.size() - within < to.size()) continue;
        std::memcpy(to.data(), each.bytes.data() + within, to.size());
        return true;
    }
    return false;
}

std::string CopiedMemory::why_missing(std::uint64_t address) const {
    const bool cut = std::ranges::any_of(pieces_, [&](const Piece& each) {
        return each.cut && address >= each.begin + each.bytes.size();
    });
    if (!cut) return Memory::why_missing(address);
    return "symline copies at most " + std::to_string(kMaxCopied >> 20) +
           " MB of the stacks of a living process";
}

void CopiedMemory::copy(std::uint64_t begin, std::uint64_t end) {
    std::erase_if(pieces_, [&](const Piece& each) {
        const bool replaced = begin <= each.begin && each.begin + each.bytes.size() <= end;
        if (replaced) size_ -= each.bytes.size();
        return replaced;
    });
    const auto size = std::min(end - begin, kMaxCopied - size_);
    Piece piece{begin, std::vector<std::uint8_t>(size), size < end - begin};
    if (!process_.read(begin, piece.bytes)) return;
    size_ += size;
    pieces_.push_back(std::move(piece));
}

}  // namespace symline::process
