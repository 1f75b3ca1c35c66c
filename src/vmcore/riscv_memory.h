// The page tables of 64-bit RISC-V: Sv39, Sv48 and Sv57 (The RISC-V Instruction Set Manual, Volume
// II, "Supervisor-Level ISA").
#pragma once

#include "vmcore/kernel_memory.h"

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

/// The kernel's. Nothing when VMCOREINFO does not say where they are: that of kernels before Linux
/// 6.4 does not.
std::optional<RiscvMemory::PageTable> riscv_page_table(const Vmcoreinfo& info);

}  // namespace symline::vmcore
