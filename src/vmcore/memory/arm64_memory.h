// The page tables of arm64: granules of 4, 16 and 64 KB, addresses of up to 52 bits (Arm
// Architecture Reference Manual, "VMSAv8-64"; Documentation/arch/arm64/memory.rst of Linux).
#pragma once

#include "vmcore/memory/kernel_memory.h"

namespace symline::vmcore {

class Arm64Memory : public KernelMemory {
public:
    struct PageTable {
        std::uint64_t root = 0;  ///< physical
        unsigned page_shift = 12;
        unsigned address_bits = 48;  ///< that the tables translate
    };

    Arm64Memory(const PhysicalMemory& physical, PageTable table)
        : KernelMemory(physical), table_(table) {}

private:
    std::optional<std::uint64_t> walk(std::uint64_t address) const override;
    std::uint64_t target(std::uint64_t descriptor) const;

    PageTable table_;
};

/// The kernel's, which map its image, its modules and all of memory. Nothing when VMCOREINFO does
/// not say where they are.
std::optional<Arm64Memory::PageTable> arm64_page_table(const Vmcoreinfo& info);

/// The bits of a kernel's address that a pointer's signature takes.
std::uint64_t arm64_signature_bits(const Vmcoreinfo& info);

}  // namespace symline::vmcore
