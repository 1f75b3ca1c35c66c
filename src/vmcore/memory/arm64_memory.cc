#include "vmcore/memory/arm64_memory.h"

#include <algorithm>
#include <bit>

namespace symline::vmcore {
namespace {

constexpr std::uint64_t kValid = 1;
/// A table where there are more levels, a page at the last; without it a block.
constexpr std::uint64_t kTableOrPage = 2;
constexpr unsigned kMinShift = 12, kMaxShift = 16;
/// Addresses of more bits move the upper ones of a descriptor's address elsewhere.
constexpr unsigned kPlainBits = 48;
constexpr unsigned kMinBits = 36, kMaxBits = 52;

constexpr std::uint64_t bits(unsigned high, unsigned low) {
    return ((std::uint64_t{2} << high) - 1) & ~((std::uint64_t{1} << low) - 1);
}

}  // namespace

/// The physical address in a descriptor.
std::uint64_t Arm64Memory::target(std::uint64_t descriptor) const {
    const std::uint64_t plain = descriptor & bits(47, table_.page_shift);
    if (table_.page_shift == kMaxShift) return plain | ((descriptor & bits(15, 12)) << 36);
    if (table_.address_bits <= kPlainBits) return plain;
    return plain | (descriptor & bits(49, 48)) | ((descriptor & bits(9, 8)) << 42);
}

std::optional<std::uint64_t> Arm64Memory::walk(std::uint64_t address) const {
    const unsigned per_level = table_.page_shift - 3;
    const unsigned translated = table_.address_bits - table_.page_shift;
    std::uint64_t table = table_.root;
    for (unsigned level = (translated + per_level - 1) / per_level; level > 0; --level) {
        const unsigned shift = table_.page_shift + per_level * (level - 1);
        // The first table may be a part of one.
        const unsigned width = std::min(per_level, table_.address_bits - shift);
        const std::uint64_t index = (address >> shift) & ((std::uint64_t{1} << width) - 1);
        const auto descriptor = entry(table + index * 8);
        if (!descriptor || (*descriptor & kValid) == 0) return std::nullopt;
        const bool table_or_page = (*descriptor & kTableOrPage) != 0;
        table = target(*descriptor);
        if (level > 1 && table_or_page) continue;
        if (level == 1 && !table_or_page) return std::nullopt;
        const std::uint64_t inside = (std::uint64_t{1} << shift) - 1;
        return (table & ~inside) | (address & inside);
    }
    return std::nullopt;
}

std::optional<Arm64Memory::PageTable> arm64_page_table(const Vmcoreinfo& info) {
    const auto root = info.symbol("swapper_pg_dir");
    const auto image = info.number("kimage_voffset");
    const auto size = info.page_size().value_or(std::uint64_t{1} << kMinShift);
    const auto built_for = info.number("VA_BITS");
    if (!root || !image || !built_for || !std::has_single_bit(size)) return std::nullopt;
    Arm64Memory::PageTable table;
    table.root = *root - *image;
    table.page_shift = static_cast<unsigned>(std::countr_zero(size));
    // What the machine does. Tables of 64 KB are laid out for what the kernel was built for.
    const auto unused = info.number("TCR_EL1_T1SZ");
    const bool told = unused && *unused < 64 && table.page_shift != kMaxShift;
    const std::uint64_t address_bits = told ? 64 - *unused : *built_for;
    if (table.page_shift < kMinShift || table.page_shift > kMaxShift || address_bits < kMinBits ||
        address_bits > kMaxBits) {
        return std::nullopt;
    }
    table.address_bits = static_cast<unsigned>(address_bits);
    return table;
}

std::uint64_t arm64_signature_bits(const Vmcoreinfo& info) {
    if (const auto told = info.number("KERNELPACMASK")) return *told;
    const std::uint64_t address_bits = info.number("VA_BITS").value_or(kPlainBits);
    // Bit 55 tells the kernel's addresses from those of processes, and no signature takes it.
    constexpr std::uint64_t kHalf = std::uint64_t{1} << 55;
    return bits(63, static_cast<unsigned>(std::min<std::uint64_t>(address_bits, kMaxBits))) &
           ~kHalf;
}

}  // namespace symline::vmcore
