#include "vmcore/riscv_memory.h"

namespace symline::vmcore {
namespace {

constexpr std::uint64_t kValid = 1;
/// To be read, written or executed: without any of them, an entry leads to another table.
constexpr std::uint64_t kLeaf = 0xe;
constexpr unsigned kPageShift = 12, kBitsOfLevel = 9;
/// The page's number is in bits 10 to 53.
constexpr std::uint64_t kNumberBits = (std::uint64_t{1} << 44) - 1;
constexpr unsigned kNumberShift = 10;

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

std::optional<RiscvMemory::PageTable> riscv_page_table(const Vmcoreinfo& info) {
    const auto root = info.symbol("swapper_pg_dir");
    const auto offset = info.number("va_kernel_pa_offset");
    const auto bits = info.number("VA_BITS");
    if (!root || !offset || (bits != 39 && bits != 48 && bits != 57)) return std::nullopt;
    return RiscvMemory::PageTable{
        .root = *root - *offset,
        .levels = static_cast<unsigned>((*bits - kPageShift) / kBitsOfLevel)};
}

}  // namespace symline::vmcore
