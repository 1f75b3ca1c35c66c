// The stacks of a crashed kernel, and what their addresses are.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernel/kernel.h"
#include "symline/address_space.h"
#include "symline/stack_trace.h"
#include "vmcore/dump.h"
#include "vmcore/kernel_modules.h"
#include "vmcore/kernel_tasks.h"
#include "vmcore/kernel_unwinder.h"
#include "vmcore/kernel_view.h"

namespace symline::vmcore {

class KernelStacks {
public:
    /// Both are borrowed. Errors: not_found (no vmlinux, or no slide), unreadable (no memory).
    static Expected<KernelStacks> open(const Dump& dump, kernel::Kernel& kernel);

    /// The panicking one first, the others by number.
    std::vector<StackTrace> cpus(std::size_t max_frames = kMaxFrames);
    /// Those that no CPU ran.
    std::vector<StackTrace> tasks(std::size_t max_frames = kMaxFrames);
    ResolvedAddress resolve(CodeAddress pc, Detail detail);

    /// The modules that hold frames of the stacks.
    std::vector<kernel::ModuleName> modules_of(std::span<const StackTrace> stacks) const;
    /// What is damaged or missing in the modules and tasks that were read so far, a line each.
    const std::vector<std::string>& problems() const { return problems_; }

private:
    KernelStacks(const Dump& dump, kernel::Kernel& kernel, LoadBias slide);
    void make_unwinder();
    OrcFormat orc_format();
    std::optional<OrcTable> kernel_table();
    void find_current_tasks();
    StackTrace cpu(std::size_t index, std::size_t max_frames);
    const DumpedModule* module_at(std::uint64_t address) const;
    ResolvedAddress in_kernel(CodeAddress pc, Detail detail);
    ResolvedAddress in_module(const DumpedModule& module, CodeAddress pc, Detail detail);

    const Dump* dump_;
    kernel::Kernel* kernel_;
    std::unique_ptr<KernelView> view_;
    std::vector<DumpedModule> modules_;
    std::vector<std::string> problems_;
    /// The task of each CPU of the dump, where it can be told.
    std::vector<std::optional<DumpedTask>> current_;
    std::unique_ptr<KernelUnwinder> unwinder_;
    std::uint64_t text_begin_ = 0, text_end_ = 0;
};

}  // namespace symline::vmcore
