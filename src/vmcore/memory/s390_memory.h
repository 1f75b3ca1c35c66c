// The page tables of 64-bit s390 (z/Architecture Principles of Operation, "Dynamic Address
// Translation").
#pragma once

#include "vmcore/memory/kernel_memory.h"

namespace symline::vmcore {

class S390Memory : public KernelMemory {
public:
    /// `root` is the physical address of the kernel's first table.
    S390Memory(const PhysicalMemory& physical, std::uint64_t root)
        : KernelMemory(physical, true), root_(root) {}

private:
    std::optional<std::uint64_t> walk(std::uint64_t address) const override;

    std::uint64_t root_;
};

/// Where the kernel's first table is in physical memory. Nothing when VMCOREINFO does not say it.
std::optional<std::uint64_t> s390_page_table(const Vmcoreinfo& info);

/// The VMCOREINFO that the lowest page of memory leads to, as the kernel leaves it for those who
/// dump a machine that has stopped. Empty when there is none.
Vmcoreinfo s390_vmcoreinfo(const PhysicalMemory& physical);

/// The kernel's number of the CPU whose lowest page is at `prefix`: notes are not in the order of
/// the numbers, and CPUs that were off have none. Nothing when the kernel has no such CPU.
std::optional<unsigned> s390_cpu_number(const KernelBytes& memory, const Vmcoreinfo& info,
                                        std::uint64_t prefix);

}  // namespace symline::vmcore
