#include "vmcore/memory/riscv_memory.h"

#include <algorithm>
#include <vector>

namespace symline::vmcore {
namespace {

constexpr std::uint64_t kValid = 1;
/// To be read, written or executed: without any of them, an entry leads to another table.
constexpr std::uint64_t kLeaf = 0xe;
constexpr unsigned kPageShift = 12, kBitsOfLevel = 9;
/// The page's number is in bits 10 to 53.
constexpr std::uint64_t kNumberBits = (std::uint64_t{1} << 44) - 1;
constexpr unsigned kNumberShift = 10;
/// To which the image is aligned in memory.
constexpr std::uint64_t kImageAlignment = std::uint64_t{1} << 21;
/// How much memory is searched for it: 16 GB.
constexpr std::uint64_t kMaxSearchedPages = std::uint64_t{1} << 22;

}  // namespace

std::optional<std::uint64_t> RiscvMemory::walk(std::uint64_t address) const {
    std::uint64_t table = table_.root;
    for (unsigned level = table_.levels; level > 0; --level) {
        const unsigned shift = kPageShift + kBitsOfLevel * (level - 1);
        const auto found = entry(table + ((address >> shift) & 0x1ff) * 8);
        if (!found || (*found & kValid) == 0) return std::nullopt;
        table = ((*found >> kNumberShift) & kNumberBits) << kPageShift;
        if ((*found & kLeaf) == 0) continue;
        const std::uint64_t inside = (std::uint64_t{1} << shift) - 1;
        return (table & ~inside) | (address & inside);
    }
    return std::nullopt;
}

namespace {

/// How many levels the tables may have: those that are said, or any.
std::vector<unsigned> levels_of(const Vmcoreinfo& info) {
    constexpr unsigned kMinLevels = 3, kMaxLevels = 5;
    const auto bits = info.number("VA_BITS");
    std::vector<unsigned> all;
    for (unsigned levels = kMinLevels; levels <= kMaxLevels; ++levels) {
        if (!bits || *bits == kPageShift + kBitsOfLevel * levels) all.push_back(levels);
    }
    return all;
}

/// The tables at `root` map it to where it is said to be.
bool maps_itself(const PhysicalMemory& physical, RiscvMemory::PageTable table,
                 std::uint64_t address) {
    return RiscvMemory(physical, table).physical(address) == table.root;
}

std::optional<RiscvMemory::PageTable> search_page_table(const PhysicalMemory& physical,
                                                        const Vmcoreinfo& info,
                                                        const std::vector<unsigned>& levels) {
    const auto address = info.symbol("swapper_pg_dir");
    const auto text = info.symbol("_stext");
    if (!address || !text) return std::nullopt;
    const std::uint64_t into = *address - *text / kImageAlignment * kImageAlignment;
    std::optional<RiscvMemory::PageTable> found;
    const auto try_image_at = [&](std::uint64_t place) {
        if (place % kImageAlignment != 0) return false;
        for (const unsigned each : levels) {
            const RiscvMemory::PageTable table{.root = place + into, .levels = each};
            if (maps_itself(physical, table, *address)) found = table;
        }
        return found.has_value();
    };
    // Where firmware, which takes the first 2 MB, leaves it.
    if (const auto base = info.number("phys_ram_base")) {
        if (try_image_at(*base) || try_image_at(*base + kImageAlignment)) return found;
    }
    physical.for_each_page(kMaxSearchedPages,
                           [&](std::uint64_t page) { return !try_image_at(page); });
    return found;
}

}  // namespace

std::optional<RiscvMemory::PageTable> riscv_page_table(const PhysicalMemory& physical,
                                                       const Vmcoreinfo& info) {
    const auto root = info.symbol("swapper_pg_dir");
    const auto offset = info.number("va_kernel_pa_offset");
    const auto levels = levels_of(info);
    if (!offset) return search_page_table(physical, info, levels);
    if (!root || levels.size() != 1) return std::nullopt;
    return RiscvMemory::PageTable{.root = *root - *offset, .levels = levels.front()};
}

}  // namespace symline::vmcore
