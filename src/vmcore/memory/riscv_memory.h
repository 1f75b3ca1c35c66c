// The page tables of 64-bit RISC-V: Sv39, Sv48 and Sv57 (The RISC-V Instruction Set Manual, Volume
// II, "Supervisor-Level ISA").
#pragma once

#include "vmcore/memory/kernel_memory.h"

namespace symline::vmcore {

class RiscvMemory : public KernelMemory {
public:
    struct PageTable {
        std::uint64_t root = 0;  ///< physical
        unsigned levels = 3;
    };

    RiscvMemory(const PhysicalMemory& physical, PageTable table)
        : KernelMemory(physical), table_(table) {}

private:
    std::optional<std::uint64_t> walk(std::uint64_t address) const override;

    PageTable table_;
};

/// The kernel's. Where VMCOREINFO does not say where the image is (before Linux 6.4), it is
/// searched in memory. Nothing when it is not found.
std::optional<RiscvMemory::PageTable> riscv_page_table(const PhysicalMemory& physical,
                                                       const Vmcoreinfo& info);

}  // namespace symline::vmcore
