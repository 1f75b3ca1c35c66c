// The memory of 64-bit Power servers ("Book3S"): all of it is mapped from 0xc000000000000000 on;
// the rest (modules, vmalloc) through radix tables (Power ISA, Book III, "Radix Tree Translation")
// or, where the processor has a hash table, through those that Linux keeps beside it
// (arch/powerpc/include/asm/book3s/64 of Linux).
#pragma once

#include <array>

#include "vmcore/memory/kernel_memory.h"

namespace symline::vmcore {

class Ppc64Memory : public KernelMemory {
public:
    enum class Tables {
        radix,  ///< the processor's own
        hash,   ///< those of Linux beside the processor's hash table
        unread  ///< of a form before Linux 4.17: modules and vmalloc are left out
    };
    struct PageTable {
        std::uint64_t root = 0;  ///< physical
        Tables tables = Tables::radix;
        unsigned page_shift = 16;
        bool big_endian = false;  ///< the memory; entries of tables always are
    };

    Ppc64Memory(const PhysicalMemory& physical, PageTable table)
        : KernelMemory(physical, table.big_endian), table_(table) {}

private:
    std::optional<std::uint64_t> walk(std::uint64_t address) const override;
    std::optional<std::uint64_t> table_entry(std::uint64_t table, std::uint64_t index) const;
    std::optional<std::uint64_t> walk_radix(std::uint64_t address) const;
    std::optional<std::uint64_t> walk_hash(std::uint64_t address) const;

    PageTable table_;
};

/// Where physical memory is mapped.
constexpr std::uint64_t kPpc64Linear = 0xc000'0000'0000'0000;

/// The kernel's. Nothing when VMCOREINFO does not say where they are, or what it says is not in
/// memory.
std::optional<Ppc64Memory::PageTable> ppc64_page_table(const PhysicalMemory& physical,
                                                       const Vmcoreinfo& info);

}  // namespace symline::vmcore
