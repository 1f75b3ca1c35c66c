// What a kernel crash dump holds: memory, registers of each CPU, VMCOREINFO, log.
//
// ELF vmcores (kdump, makedumpfile -E, QEMU with and without paging) and kdump-compressed ones,
// flattened or not, of kernels of x86-64, arm64, riscv64, ppc64le and s390x. Opening reads headers
// and notes; memory is read when it is asked for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "symline/error.h"
#include "vmcore/format/dump_notes.h"
#include "vmcore/memory/kernel_memory.h"
#include "vmcore/memory/physical_memory.h"

namespace symline::vmcore {

class Dump {
public:
    /// Errors: as of open_dump_file and open_physical_memory; unsupported (another machine,
    /// a process's core).
    static Expected<Dump> open(const std::string& path);

    const std::string& path() const { return path_; }
    /// "ELF", "kdump-compressed"
    const std::string& form() const { return physical_->header().form; }
    /// elf::kX86_64, elf::kArm64, elf::kRiscv, elf::kPpc64 or elf::kS390.
    std::uint16_t machine() const { return notes_.machine; }
    const std::vector<DumpedCpu>& cpus() const { return notes_.cpus; }
    const Vmcoreinfo& vmcoreinfo() const { return notes_.vmcoreinfo; }
    bool by_qemu() const { return notes_.by_qemu; }
    /// Null when the dump does not say where its page tables are.
    const KernelBytes* memory() const { return memory_.get(); }
    /// As of read_kernel_log.
    Expected<std::string> log() const;
    /// What is damaged or missing, a line each.
    const std::vector<std::string>& problems() const { return problems_; }

private:
    Dump() = default;
    void find_vmcoreinfo();
    void number_cpus();

    std::string path_;
    std::vector<std::string> problems_;
    std::unique_ptr<PhysicalMemory> physical_;
    DumpNotes notes_;
    std::unique_ptr<KernelMemory> memory_;
};

/// Whether a file is a kernel's dump rather than a process's core: kdump-compressed, flattened, or
/// an ELF core with the notes that only kernels' dumps have. False when it cannot be read.
bool is_kernel_dump(const std::string& path);

}  // namespace symline::vmcore
