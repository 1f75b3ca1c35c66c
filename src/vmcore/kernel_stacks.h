// The stacks of a crashed kernel, and the modules that it had loaded.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/loaded_kernel.h"
#include "symline/kernel_task.h"
#include "symline/stack_trace.h"
#include "vmcore/dump.h"
#include "vmcore/kallsyms_table.h"
#include "vmcore/kernel_modules.h"
#include "vmcore/kernel_tasks.h"
#include "vmcore/kernel_view.h"
#include "vmcore/module_symbols.h"
#include "vmcore/unwind/back_chain_walk.h"
#include "vmcore/unwind/frame_walk.h"
#include "vmcore/unwind/orc.h"
#include "vmcore/unwind/stack_unwinder.h"

namespace symline::vmcore {

class KernelStacks {
public:
    /// `dump` and the vmlinux of `kernel` are borrowed. A kernel whose slide is not known gets it
    /// from the dump's symbols. Without a vmlinux the kernel's own tables serve. Errors: not_found
    /// (no vmlinux and no such tables, or no slide), unreadable (no memory).
    static Expected<KernelStacks> open(const Dump& dump, kernel::LoadedKernel& kernel);

    /// The panicking one first, the others by number.
    std::vector<StackTrace> cpus(std::size_t max_frames = kMaxKernelFrames);
    /// Those that no CPU ran, of the tasks with these pids alone; null: all.
    std::vector<StackTrace> tasks(std::size_t max_frames = kMaxKernelFrames,
                                  const std::set<int>* pids = nullptr);
    /// What each CPU ran, then every other task in the kernel's order.
    std::vector<KernelTask> task_facts();

    /// The symbol at an address of the kernel or a module, by the tables that the kernel keeps;
    /// of the kernel itself only where there is no vmlinux.
    struct NamedPlace {
        std::string_view name;
        std::uint64_t start = 0, size = 0;
        const DumpedModule* module = nullptr;  ///< null: the kernel itself
        /// Where the module or the kernel begins; a kernel without CONFIG_KALLSYMS_ALL may not say.
        std::optional<std::uint64_t> base;
    };
    std::optional<NamedPlace> symbol_at(std::uint64_t address);
    /// The vmlinux that all is read by is there.
    bool has_vmlinux() const { return symbols_ == nullptr; }

    /// In the kernel's order, the newest first.
    const std::vector<DumpedModule>& modules() const { return modules_; }
    /// What is damaged or missing in the modules and tasks that were read so far, a line each.
    const std::vector<std::string>& problems() const { return problems_; }

private:
    KernelStacks(const Dump& dump, std::unique_ptr<KernelView> view,
                 std::unique_ptr<KallsymsTable> symbols);
    static Expected<KernelStacks> open_by_kallsyms(const Dump& dump);
    std::unique_ptr<StackUnwinder> x86_unwinder();
    std::unique_ptr<StackUnwinder> arm64_unwinder();
    std::unique_ptr<StackUnwinder> riscv_unwinder();
    std::unique_ptr<StackUnwinder> ppc64_unwinder();
    std::unique_ptr<StackUnwinder> s390_unwinder();
    std::unique_ptr<StackUnwinder> make_unwinder();
    KernelCode code();
    BackChainKernel back_chain_kernel(const BackChainLayout& frame);
    std::optional<CodeRange> between(std::string_view begin, std::string_view end);
    OrcFormat orc_format();
    std::optional<OrcTable> kernel_table();
    void find_current_tasks();
    const std::vector<DumpedTask>& all_tasks();
    /// Which CPU of the dump ran a task; nothing when none did.
    std::optional<unsigned> cpu_that_ran(const DumpedTask& task) const;
    StackTrace cpu(std::size_t index, std::size_t max_frames);

    const Dump* dump_;
    std::unique_ptr<KallsymsTable> symbols_;  ///< null with a vmlinux
    std::unique_ptr<KernelView> view_;
    bool has_layouts_ = true;
    std::vector<DumpedModule> modules_;
    std::vector<std::string> problems_;
    /// The task of each CPU of the dump, where it can be told.
    std::vector<std::optional<DumpedTask>> current_;
    std::optional<std::vector<DumpedTask>> tasks_;  ///< read when they are asked for
    std::unique_ptr<StackUnwinder> unwinder_;
    /// Of modules in which an address was asked for, by their struct's address.
    std::map<std::uint64_t, std::vector<ModuleSymbol>> module_symbols_;
    ModuleSymbolBudget module_symbol_budget_;
};

}  // namespace symline::vmcore
