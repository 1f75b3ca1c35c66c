#include "vmcore/memory/ppc64_memory.h"

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
    const bool is_small =
        table.tables == Ppc64Memory::Tables::hash && table.page_shift == kMinShift;
    return is_small ? bit(44) : bit(51);
}

/// Where they were before Linux 5.2, beside a hash table.
constexpr std::uint64_t kOldVirtual = 0xd000'0000'0000'0000;

std::uint64_t leaf(std::uint64_t entry, std::uint64_t address, unsigned shift) {
    return (entry & below(kPhysicalBits) & ~below(shift)) | (address & below(shift));
}

}  // namespace

std::optional<std::uint64_t> Ppc64Memory::walk(std::uint64_t address) const {
    const std::uint64_t region = address & kRegion;
    const std::uint64_t offset = address & ~kRegion;
    if (region == kPpc64Linear && offset < linear_size(table_)) return offset;
    const bool is_old = region == kOldVirtual && table_.tables == Tables::hash;
    if (region != kPpc64Linear && !is_old) return std::nullopt;
    switch (table_.tables) {
        case Tables::radix: return walk_radix(offset);
        case Tables::hash: return walk_hash(offset);
        default: return std::nullopt;
    }
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
Ppc64Memory::Tables tables_of(const PhysicalMemory& physical, const Vmcoreinfo& info,
                              std::uint64_t root) {
    using enum Ppc64Memory::Tables;
    std::array<std::uint8_t, 8> first{};
    const auto told = info.number("RADIX_MMU");
    const bool is_radix = told
                              ? *told != 0
                              : physical.read(root, first) &&
                                    (base::load<std::uint64_t>(first.data(), true) & kPresent) != 0;
    if (is_radix) return radix;
    return version_of(info.release()) >= KernelVersion{4, 17} ? hash : unread;
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
                                  .tables = tables_of(physical, info, *root & ~kRegion),
                                  .page_shift = static_cast<unsigned>(std::countr_zero(size)),
                                  .big_endian = *big_endian};
}

}  // namespace symline::vmcore
