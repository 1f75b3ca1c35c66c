#include "vmcore/ppc64_memory.h"

#include <algorithm>
#include <bit>

namespace symline::vmcore {
namespace {

constexpr std::uint64_t bit(unsigned number) {
    return std::uint64_t{1} << number;
}
constexpr std::uint64_t below(unsigned number) {
    return bit(number) - 1;
}

constexpr std::uint64_t kPresent = bit(63), kLeaf = bit(62);
constexpr unsigned kMinShift = 12, kHugeShift = 16;
/// Bits of a physical address in an entry (_PAGE_PA_MAX); Linux has its own in those above.
constexpr unsigned kPhysicalBits = 53;
/// The upper four bits tell what is mapped.
constexpr std::uint64_t kRegion = ~below(60);

// Of radix tables. An entry says how many bits the next table takes.
constexpr unsigned kRadixBits = 52, kRadixRootBits = 13;
constexpr std::uint64_t kNextTable = below(60) & ~below(8);
constexpr std::uint64_t kNextBits = 0x1f;

/// Of the tables beside a hash table, the last one first: hash-64k.h since Linux 4.17, hash-4k.h.
constexpr unsigned kHashLevels = 4;
using HashBits = std::array<unsigned, kHashLevels>;
constexpr HashBits kHash64K{8, 10, 10, 8}, kHash4K{9, 7, 9, 9};
constexpr std::uint64_t kHashTable = below(62) & ~below(8);

/// Where modules and vmalloc begin, after physical memory: 0xc008000000000000, and
/// 0xc000100000000000 beside a hash table with pages of 4 KB.
std::uint64_t linear_size(const Ppc64Memory::PageTable& table) {
    return table.radix || table.page_shift == kHugeShift ? bit(51) : bit(44);
}

std::uint64_t leaf(std::uint64_t entry, std::uint64_t address, unsigned shift) {
    return (entry & below(kPhysicalBits) & ~below(shift)) | (address & below(shift));
}

}  // namespace

std::optional<std::uint64_t> Ppc64Memory::walk(std::uint64_t address) const {
    if ((address & kRegion) != kPpc64Linear) return std::nullopt;
    const std::uint64_t offset = address & ~kRegion;
    if (offset < linear_size(table_)) return offset;
    return table_.radix ? walk_radix(offset) : walk_hash(offset);
}

std::optional<std::uint64_t> Ppc64Memory::table_entry(std::uint64_t table,
                                                      std::uint64_t index) const {
    const auto found = entry(table + index * 8);
    if (!found) return std::nullopt;
    return big_endian() ? *found : base::swap_bytes(*found);
}

std::optional<std::uint64_t> Ppc64Memory::walk_radix(std::uint64_t address) const {
    std::uint64_t table = table_.root;
    unsigned bits = kRadixRootBits;
    unsigned shift = kRadixBits - kRadixRootBits;
    if ((address >> kRadixBits) != 0) return std::nullopt;
    while (true) {
        const auto found = table_entry(table, (address >> shift) & below(bits));
        if (!found || (*found & kPresent) == 0) return std::nullopt;
        if ((*found & kLeaf) != 0) return leaf(*found, address, shift);
        table = *found & kNextTable;
        bits = *found & kNextBits;
        if (bits == 0 || bits + kMinShift > shift) return std::nullopt;
        shift -= bits;
    }
}

std::optional<std::uint64_t> Ppc64Memory::walk_hash(std::uint64_t address) const {
    const HashBits& bits = table_.page_shift == kHugeShift ? kHash64K : kHash4K;
    unsigned shift = table_.page_shift;
    for (const unsigned each : bits) shift += each;
    if ((address >> shift) != 0) return std::nullopt;
    std::uint64_t table = table_.root;
    for (unsigned level = kHashLevels; level-- > 0;) {
        shift -= bits[level];
        const auto found = table_entry(table, (address >> shift) & below(bits[level]));
        if (!found || *found == 0) return std::nullopt;
        if ((*found & kPresent) != 0 && (*found & kLeaf) != 0) return leaf(*found, address, shift);
        table = *found & kHashTable;
    }
    return std::nullopt;
}

namespace {

/// Where physical memory is mapped.
bool is_linear(std::uint64_t address) {
    return (address & kRegion) == kPpc64Linear;
}

/// Pointers of the kernel that VMCOREINFO leads to tell the order of their bytes, which headers and
/// notes need not have. Nothing where they are no pointers in either.
std::optional<bool> is_big_endian(const PhysicalMemory& physical, const Vmcoreinfo& info) {
    for (const char* name : {"prb", "log_buf"}) {
        const auto pointer = info.symbol(name);
        std::array<std::uint8_t, 8> bytes{};
        if (!pointer || !is_linear(*pointer) || !physical.read(*pointer & ~kRegion, bytes)) {
            continue;
        }
        for (const bool big_endian : {false, true}) {
            const auto value = base::load<std::uint64_t>(bytes.data(), big_endian);
            if (is_linear(value) && value % 4 == 0) return big_endian;
        }
    }
    return std::nullopt;
}

/// The first entry of the processor's own tables maps the beginning of memory. Linux has no entry
/// there in those beside a hash table.
bool has_radix_tables(const PhysicalMemory& physical, const Vmcoreinfo& info, std::uint64_t root) {
    if (const auto told = info.number("RADIX_MMU")) return *told != 0;  // since Linux 6.13
    std::array<std::uint8_t, 8> first{};
    return physical.read(root, first) &&
           (base::load<std::uint64_t>(first.data(), true) & kPresent) != 0;
}

}  // namespace

std::optional<Ppc64Memory::PageTable> ppc64_page_table(const PhysicalMemory& physical,
                                                       const Vmcoreinfo& info) {
    const auto root = info.symbol("swapper_pg_dir");
    const auto size = info.page_size().value_or(bit(kHugeShift));
    const auto big_endian = is_big_endian(physical, info);
    if (!root || !is_linear(*root) || !big_endian) return std::nullopt;
    if (size != bit(kMinShift) && size != bit(kHugeShift)) return std::nullopt;
    return Ppc64Memory::PageTable{.root = *root & ~kRegion,
                                  .radix = has_radix_tables(physical, info, *root & ~kRegion),
                                  .page_shift = static_cast<unsigned>(std::countr_zero(size)),
                                  .big_endian = *big_endian};
}

}  // namespace symline::vmcore
