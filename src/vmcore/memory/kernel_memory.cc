#include "vmcore/memory/kernel_memory.h"

#include <algorithm>

#include "vmcore/memory/arm64_memory.h"
#include "vmcore/memory/ppc64_memory.h"
#include "vmcore/memory/riscv_memory.h"
#include "vmcore/memory/s390_memory.h"

namespace symline::vmcore {
namespace {

/// Where x86-64 links its kernel.
constexpr std::uint64_t kKernelMap = 0xffff'ffff'8000'0000;
constexpr std::uint64_t kPresent = 1;
constexpr std::uint64_t kLarge = 0x80;
constexpr std::uint64_t kAddressBits = 0x000f'ffff'ffff'f000;

}  // namespace

std::string KernelBytes::string(std::uint64_t address, std::size_t max) const {
    std::string text;
    for (; text.size() < max; ++address) {
        const auto byte = value<std::uint8_t>(address);
        if (!byte || *byte == 0) break;
        text += static_cast<char>(*byte);
    }
    return text;
}

std::optional<std::uint64_t> KernelMemory::entry(std::uint64_t address) const {
    std::array<std::uint8_t, 8> bytes{};
    if (!physical_.read(address, bytes)) return std::nullopt;
    return base::load<std::uint64_t>(bytes.data(), big_endian());
}

std::optional<std::uint64_t> X86Memory::walk(std::uint64_t address) const {
    std::uint64_t table = table_.root;
    for (unsigned level = table_.five_levels ? 5 : 4; level > 0; --level) {
        const unsigned shift = 12 + 9 * (level - 1);
        const auto found = entry(table + ((address >> shift) & 0x1ff) * 8);
        if (!found || (*found & kPresent) == 0) return std::nullopt;
        const std::uint64_t target = *found & kAddressBits & ~table_.encryption;
        const bool leaf = level == 1 || ((*found & kLarge) != 0 && level <= 3);
        const std::uint64_t inside = (std::uint64_t{1} << shift) - 1;
        if (leaf) return (target & ~inside) | (address & inside);
        table = target;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> KernelMemory::physical(std::uint64_t address) const {
    constexpr std::uint64_t kSize = PhysicalMemory::kPageSize;
    const std::uint64_t number = address / kSize;
    Page& page = pages_[number % kPages];
    if (page.number != number) {
        const auto found = walk(address & ~(kSize - 1));
        if (!found) return std::nullopt;
        page = {number, *found};
    }
    return page.physical + address % kSize;
}

bool KernelMemory::read(std::uint64_t address, std::span<std::uint8_t> to) const {
    constexpr std::uint64_t kSize = PhysicalMemory::kPageSize;
    while (!to.empty()) {
        const auto part = to.first(std::min<std::uint64_t>(to.size(), kSize - address % kSize));
        const auto at = physical(address);
        if (!at || !physical_.read(*at, part)) return false;
        to = to.subspan(part.size());
        address += part.size();
    }
    return true;
}

std::optional<X86Memory::PageTable> kernel_page_table(const DumpHeader& header,
                                                      const DumpNotes& notes) {
    const Vmcoreinfo& info = notes.vmcoreinfo;
    X86Memory::PageTable table;
    table.five_levels = info.number("pgtable_l5_enabled").value_or(0) != 0;
    table.encryption = info.number("sme_mask").value_or(0);
    auto root = info.symbol("swapper_pg_dir");
    if (!root) root = info.symbol("init_top_pgt");
    if (!root) root = info.symbol("init_level4_pgt");
    auto base = info.number("phys_base");
    if (!base) base = header.physical_base;
    if (root && base) {
        table.root = *root - kKernelMap + *base;
    } else if (notes.page_table) {
        table.root = *notes.page_table & kAddressBits;
    } else {
        return std::nullopt;
    }
    return table;
}

std::unique_ptr<KernelMemory> kernel_memory(const PhysicalMemory& physical,
                                            const DumpNotes& notes) {
    if (notes.machine == elf::kArm64) {
        const auto table = arm64_page_table(notes.vmcoreinfo);
        return table ? std::make_unique<Arm64Memory>(physical, *table) : nullptr;
    }
    if (notes.machine == elf::kRiscv) {
        const auto table = riscv_page_table(physical, notes.vmcoreinfo);
        return table ? std::make_unique<RiscvMemory>(physical, *table) : nullptr;
    }
    if (notes.machine == elf::kPpc64) {
        const auto table = ppc64_page_table(physical, notes.vmcoreinfo);
        return table ? std::make_unique<Ppc64Memory>(physical, *table) : nullptr;
    }
    if (notes.machine == elf::kS390) {
        const auto root = s390_page_table(notes.vmcoreinfo);
        return root ? std::make_unique<S390Memory>(physical, *root) : nullptr;
    }
    const auto table = kernel_page_table(physical.header(), notes);
    return table ? std::make_unique<X86Memory>(physical, *table) : nullptr;
}

}  // namespace symline::vmcore
