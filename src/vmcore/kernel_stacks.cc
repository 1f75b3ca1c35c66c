#include "vmcore/kernel_stacks.h"

#include <algorithm>

namespace symline::vmcore {
namespace {

/// From the kernel's own symbols, where VMCOREINFO does not tell the slide: before Linux 3.14 there
/// was none.
std::optional<LoadBias> slide_of(const Vmcoreinfo& info, kernel::KernelFile& vmlinux) {
    const auto running = info.symbol("_stext");
    const auto linked = vmlinux.symbols().named("_stext");
    if (running && !linked.empty()) return LoadBias{*running - linked.front()->address.value};
    if (const auto offset = info.kernel_offset()) return LoadBias{*offset};
    return std::nullopt;
}

}  // namespace

Expected<KernelStacks> KernelStacks::open(const KernelDump& dump, kernel::Kernel& kernel) {
    const auto fail = [&](ErrorCode code, const char* message) {
        return std::unexpected(Error{code, dump.path(), message});
    };
    if (dump.memory() == nullptr) {
        return fail(ErrorCode::unreadable, "the kernel's memory cannot be read");
    }
    kernel::KernelFile* vmlinux = kernel.vmlinux();
    if (vmlinux == nullptr) return fail(ErrorCode::not_found, "no vmlinux for this kernel");
    const auto slide = slide_of(dump.vmcoreinfo(), *vmlinux);
    if (!slide) return fail(ErrorCode::not_found, "where the kernel was loaded is not known");
    return KernelStacks(dump, kernel, *slide);
}

KernelStacks::KernelStacks(const KernelDump& dump, kernel::Kernel& kernel, LoadBias slide)
    : dump_(&dump),
      kernel_(&kernel),
      view_(std::make_unique<KernelView>(*dump.memory(), *kernel.vmlinux(), slide)) {
    text_begin_ = view_->symbol("_text").value_or(view_->symbol("_stext").value_or(0));
    text_end_ = view_->symbol("_end").value_or(view_->symbol("_etext").value_or(0));
    modules_ = read_modules(*view_, problems_);
    make_unwinder();
}

OrcFormat KernelStacks::orc_format() {
    const auto type = view_->member("orc_entry", "type");
    if (!type || type->bit_size == 0) {
        return OrcFormat::of_release(dump_->vmcoreinfo().release());
    }
    constexpr std::uint64_t flags = 4;
    const auto bit = [&](std::string_view name) -> std::optional<unsigned> {
        const auto member = view_->member("orc_entry", name);
        if (!member) return std::nullopt;
        return static_cast<unsigned>((member->offset - flags) * 8 + member->bit_offset);
    };
    return {.type_bits = type->bit_size, .signal_bit = bit("signal"), .end_bit = bit("end")};
}

std::optional<OrcTable> KernelStacks::kernel_table() {
    const auto begin = view_->symbol("_stext");
    const auto end = view_->symbol("_etext");
    if (!begin || !end) return std::nullopt;
    OrcTable table{.code_begin = *begin, .code_end = *end};
    const auto ips = view_->symbol("__start_orc_unwind_ip");
    const auto ips_end = view_->symbol("__stop_orc_unwind_ip");
    const auto entries = view_->symbol("__start_orc_unwind");
    if (ips && ips_end && entries && *ips <= *ips_end) {
        table.ips = *ips;
        table.entries = *entries;
        table.count = (*ips_end - *ips) / 4;
    }
    return table;
}

void KernelStacks::make_unwinder() {
    std::vector<OrcTable> tables;
    if (auto table = kernel_table()) {
        // Functions of .init.text may still be on a stack when a kernel crashes early.
        const auto init = view_->symbol("_sinittext");
        const auto init_end = view_->symbol("_einittext");
        if (init && init_end) {
            OrcTable early = *table;
            early.code_begin = *init;
            early.code_end = *init_end;
            tables.push_back(early);
        }
        tables.push_back(*table);
    }
    for (const DumpedModule& module : modules_) {
        tables.push_back(module.orc.value_or(
            OrcTable{.code_begin = module.base, .code_end = module.base + module.size}));
    }
    unwinder_ = std::make_unique<KernelUnwinder>(view_->memory(), std::move(tables), orc_format());
}

std::vector<KernelThread> KernelStacks::cpus() {
    std::vector<KernelThread> threads;
    const auto panicking = panicking_cpu(*view_);
    for (const DumpedCpu& cpu : dump_->cpus()) {
        KernelThread thread;
        thread.cpu = cpu.number;
        // kdump's notes leave out CPUs that were off; the pid then tells which CPU it was.
        auto task = current_task(*view_, cpu.number);
        if (task && !dump_->by_qemu() && task->pid != cpu.pid) task.reset();
        if (task) {
            thread.name = task->name;
            running_.push_back(task->address);
        }
        thread.pid = task ? task->pid : dump_->by_qemu() ? 0 : cpu.pid;
        thread.crashing = panicking == cpu.number;
        thread.stack = unwinder_->unwind(cpu.registers);
        thread.registers = cpu.registers;
        threads.push_back(std::move(thread));
    }
    std::ranges::stable_sort(threads, std::ranges::greater{}, &KernelThread::crashing);
    return threads;
}

std::vector<KernelThread> KernelStacks::tasks() {
    std::vector<KernelThread> threads;
    for (const DumpedTask& task : read_tasks(*view_, problems_)) {
        if (std::ranges::find(running_, task.address) != running_.end()) continue;
        KernelThread thread;
        thread.pid = task.pid;
        thread.name = task.name;
        if (task.stack_pointer) {
            thread.stack = unwinder_->unwind_switched_from(*task.stack_pointer);
        } else {
            thread.stack.stopped = "where its stack is cannot be read";
        }
        threads.push_back(std::move(thread));
    }
    return threads;
}

void KernelStacks::look_up(const Module& module, FileAddress address, KernelLocation& found) {
    found.file = &module;
    auto lookup = module.lookup(address);
    if (!lookup) {
        found.miss = lookup.error().message;
        return;
    }
    found.lookup = std::move(*lookup);
    if (found.lookup.miss) found.miss = symline::describe(*found.lookup.miss);
}

void KernelStacks::locate_in_module(const DumpedModule& module, std::uint64_t address,
                                    KernelLocation& found) {
    found.module = module.name;
    found.offset = address - module.base;
    found.build_id = module.build_id;
    kernel::KernelFile* file =
        kernel_->module(module.name, module.build_id ? module.build_id->hex() : std::string());
    if (file == nullptr) {
        found.miss = "module not found";
        return;
    }
    auto section =
        std::ranges::upper_bound(module.sections, address, {}, &DumpedModule::Section::address);
    if (section == module.sections.begin()) {
        found.miss = "which section of the module it is in is not known";
        return;
    }
    --section;
    const Section* in_file = file->module.section(section->name);
    const std::uint64_t offset = address - section->address;
    if (in_file == nullptr || offset >= in_file->size) {
        found.miss = symline::describe(Miss::not_mapped);
        return;
    }
    look_up(file->module, {in_file->address.value + offset}, found);
}

const DumpedModule* KernelStacks::module_at(std::uint64_t address) const {
    const auto holds = [address](const DumpedModule& each) { return each.contains(address); };
    const auto found = std::ranges::find_if(modules_, holds);
    return found == modules_.end() ? nullptr : &*found;
}

KernelLocation KernelStacks::locate(std::uint64_t pc, bool exact) {
    const std::uint64_t address = pc - (exact ? 0 : 1);
    KernelLocation found;
    if (address >= text_begin_ && address < text_end_) {
        const Module& vmlinux = view_->vmlinux().module;
        found.module = "vmlinux";
        found.offset = pc - text_begin_;
        found.build_id = vmlinux.build_id();
        look_up(vmlinux, RuntimeAddress{address} - view_->slide(), found);
        return found;
    }
    if (const DumpedModule* module = module_at(address)) {
        locate_in_module(*module, address, found);
        found.offset = pc - module->base;
        return found;
    }
    found.miss = "neither in the kernel nor in a module";
    return found;
}

}  // namespace symline::vmcore
