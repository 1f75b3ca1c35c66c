#include "elf/kallsyms_sizes.h"

#include <algorithm>
#include <type_traits>

namespace symline::elf {
namespace {

/// Where a symbol of a section begins in it, without the mark of Thumb functions.
std::uint64_t start_of(const Symbol& symbol, const ElfFile& file) {
    return symbol.address.value - file.sections()[*symbol.section].address.value;
}

}  // namespace

std::uint64_t KallsymsSizes::size_of(const Symbol& symbol) {
    if (!symbol.section) return 0;
    const ElfFile& file = entries_->file();
    const Section& section = file.sections()[*symbol.section];
    const std::uint64_t start = start_of(symbol, file);
    const std::uint64_t farthest = start <= section.size ? section.size - start : 0;
    if (scans_ < kMaxScans) {
        ++scans_;
        return scan(symbol, farthest);
    }
    build();
    const std::uint64_t first = start + std::max<std::uint64_t>(symbol.size, 1);
    const auto next = std::ranges::lower_bound(starts_, Start{*symbol.section, first});
    const bool found = next != starts_.end() && next->section == *symbol.section && first > start;
    return found ? std::min(farthest, next->value - start) : farthest;
}

void KallsymsSizes::build() {
    if (!starts_.empty()) return;
    for (std::uint32_t i = 0; i < entries_->size(); ++i) {
        const Symbol each = entries_->symbol(i);
        if (each.section && !is_mapping_symbol(each.name)) {
            starts_.push_back({*each.section, start_of(each, entries_->file())});
        }
    }
    std::ranges::sort(starts_);
}

std::uint64_t KallsymsSizes::scan(const Symbol& symbol, std::uint64_t nearest) const {
    const std::uint64_t low = std::max<std::uint64_t>(symbol.size, 1);
    const ElfFile& file = entries_->file();
    const std::uint64_t base =
        file.relocatable() ? 0 : file.sections()[*symbol.section].address.value;
    const std::uint64_t start = base + start_of(symbol, file);
    const auto search = [&](auto stride, auto big) {
        const std::uint8_t* at = entries_->data();
        for (std::uint32_t i = 0, count = entries_->size(); i < count; ++i, at += stride()) {
            const SymbolEntries::Entry other = SymbolEntries::decode(at, stride, big);
            const std::uint64_t value = entries_->value_of(other);
            const std::uint64_t distance = value - start;
            if (distance < low || distance >= nearest || value < start) continue;
            if (entries_->section_of(other, i) != symbol.section) continue;
            if (!is_mapping_symbol(entries_->whole_name(other))) nearest = distance;
        }
    };
    entries_->in_form(search);
    return nearest;
}

}  // namespace symline::elf
