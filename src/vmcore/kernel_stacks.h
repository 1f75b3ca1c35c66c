// The stacks of a crashed kernel, and what their addresses are.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "vmcore/kernel_dump.h"
#include "vmcore/kernel_modules.h"
#include "vmcore/kernel_tasks.h"
#include "vmcore/kernel_unwinder.h"
#include "vmcore/kernel_view.h"

namespace symline::vmcore {

/// A CPU at the time of the crash, or a task that no CPU ran.
struct KernelThread {
    std::optional<unsigned> cpu;
    int pid = 0;
    std::string name;  ///< of its task; may be empty
    bool crashing = false;
    KernelStack stack;
    std::optional<KernelRegisters> registers;  ///< of a CPU
};

/// An address of the crashed kernel in the file that it comes from.
struct KernelLocation {
    std::string module;        ///< "vmlinux", the module's name; empty when it is in neither
    std::uint64_t offset = 0;  ///< from the start of the kernel or of the module's code
    std::optional<BuildId> build_id;
    const Module* file = nullptr;  ///< the file that was asked
    Lookup lookup;
    std::string miss;  ///< why `lookup` has no frames
};

class KernelStacks {
public:
    /// Both are borrowed. Errors: not_found (no vmlinux, or no slide), unreadable (no memory).
    static Expected<KernelStacks> open(const KernelDump& dump, kernel::Kernel& kernel);

    /// The panicking one first, the others by number.
    std::vector<KernelThread> cpus();
    /// Those that no CPU ran.
    std::vector<KernelThread> tasks();
    /// `exact`: see KernelFrame.
    KernelLocation locate(std::uint64_t pc, bool exact);

    const std::vector<DumpedModule>& modules() const { return modules_; }
    /// Null when the address is in none.
    const DumpedModule* module_at(std::uint64_t address) const;
    const std::vector<std::string>& problems() const { return problems_; }

private:
    KernelStacks(const KernelDump& dump, kernel::Kernel& kernel, LoadBias slide);
    void make_unwinder();
    OrcFormat orc_format();
    std::optional<OrcTable> kernel_table();
    void locate_in_module(const DumpedModule& module, std::uint64_t address, KernelLocation& found);
    void look_up(const Module& module, FileAddress address, KernelLocation& found);

    const KernelDump* dump_;
    kernel::Kernel* kernel_;
    std::unique_ptr<KernelView> view_;
    std::vector<DumpedModule> modules_;
    std::vector<std::string> problems_;
    std::vector<std::uint64_t> running_;  ///< task_structs of the CPUs
    std::unique_ptr<KernelUnwinder> unwinder_;
    std::uint64_t text_begin_ = 0, text_end_ = 0;
};

}  // namespace symline::vmcore
