#include "vmcore/kernel_stacks.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

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

std::string hex_or_empty(const std::optional<BuildId>& id) {
    return id ? id->hex() : std::string();
}

struct CodeInFile {
    FileAddress address;
    CodeKind kind;
};

void look_up(ResolvedAddress& found, const Module& module, CodeInFile code, Detail detail) {
    found.module = &module;
    found.address = code.address;
    auto lookup = module.lookup(lookup_address(code.address, code.kind), detail);
    if (lookup) {
        found.lookup = std::move(*lookup);
    } else {
        found.lookup.miss = Miss(Miss::no_debug_info, lookup.error().message);
        found.error = std::move(lookup.error());
    }
}

}  // namespace

Expected<KernelStacks> KernelStacks::open(const Dump& dump, kernel::Kernel& kernel) {
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

KernelStacks::KernelStacks(const Dump& dump, kernel::Kernel& kernel, LoadBias slide)
    : dump_(&dump),
      kernel_(&kernel),
      view_(std::make_unique<KernelView>(*dump.memory(), *kernel.vmlinux(), slide)) {
    text_begin_ = view_->symbol("_text").value_or(view_->symbol("_stext").value_or(0));
    text_end_ = view_->symbol("_end").value_or(view_->symbol("_etext").value_or(0));
    modules_ = read_modules(*view_, problems_);
    make_unwinder();
    find_current_tasks();
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

/// kdump's notes leave out CPUs that were off; the pid then tells which CPU a note is of.
void KernelStacks::find_current_tasks() {
    for (const DumpedCpu& cpu : dump_->cpus()) {
        auto task = current_task(*view_, cpu.number);
        if (task && !dump_->by_qemu() && task->pid != cpu.pid) task.reset();
        current_.push_back(std::move(task));
    }
}

StackTrace KernelStacks::cpu(std::size_t index, std::size_t max_frames) {
    const DumpedCpu& cpu = dump_->cpus()[index];
    const auto& task = current_[index];
    StackTrace stack = unwinder_->unwind(cpu.registers, max_frames);
    stack.cpu = cpu.number;
    stack.tid = task ? task->pid : dump_->by_qemu() ? 0 : cpu.pid;
    if (task) stack.name = task->name;
    stack.registers = cpu.registers.named();
    return stack;
}

std::vector<StackTrace> KernelStacks::cpus(std::size_t max_frames) {
    std::vector<StackTrace> stacks;
    const auto panicking = panicking_cpu(*view_);
    for (std::size_t i = 0; i < current_.size(); ++i) {
        stacks.push_back(cpu(i, max_frames));
        stacks.back().crashing = panicking == stacks.back().cpu;
    }
    std::ranges::stable_sort(stacks, std::ranges::greater{}, &StackTrace::crashing);
    return stacks;
}

std::vector<StackTrace> KernelStacks::tasks(std::size_t max_frames) {
    std::vector<StackTrace> stacks;
    for (const DumpedTask& task : read_tasks(*view_, problems_)) {
        const auto runs = [&](const auto& each) { return each && each->address == task.address; };
        if (std::ranges::any_of(current_, runs)) continue;
        StackTrace stack;
        if (task.stack_pointer) {
            stack = unwinder_->unwind_switched_from(*task.stack_pointer, max_frames);
        } else {
            stack.stopped = "where its stack is cannot be read";
        }
        stack.tid = task.pid;
        stack.name = task.name;
        stacks.push_back(std::move(stack));
    }
    return stacks;
}

const DumpedModule* KernelStacks::module_at(std::uint64_t address) const {
    const auto holds = [address](const DumpedModule& each) { return each.contains(address); };
    const auto found = std::ranges::find_if(modules_, holds);
    return found == modules_.end() ? nullptr : &*found;
}

std::vector<kernel::ModuleName> KernelStacks::modules_of(std::span<const StackTrace> stacks) const {
    std::set<std::string_view> seen;
    std::vector<kernel::ModuleName> names;
    for (const StackTrace& stack : stacks) {
        for (const StackFrame& frame : stack.frames) {
            const auto* module = module_at(frame.pc.address.value);
            if (module == nullptr || !seen.insert(module->name).second) continue;
            names.push_back({module->name, hex_or_empty(module->build_id)});
        }
    }
    return names;
}

ResolvedAddress KernelStacks::in_kernel(CodeAddress pc, Detail detail) {
    const Module& vmlinux = view_->vmlinux().module;
    ResolvedAddress found;
    found.module_name = "vmlinux";
    found.offset = pc.address.value - text_begin_;
    found.build_id = vmlinux.build_id();
    look_up(found, vmlinux, {pc.address - view_->slide(), pc.kind}, detail);
    return found;
}

ResolvedAddress KernelStacks::in_module(const DumpedModule& module, CodeAddress pc, Detail detail) {
    ResolvedAddress found;
    found.module_name = module.name;
    found.offset = pc.address.value - module.base;
    found.build_id = module.build_id;
    kernel::KernelFile* file = kernel_->module(module.name, hex_or_empty(module.build_id));
    if (file == nullptr) {
        found.lookup.miss = Miss(Miss::module_not_found, "module not found");
        return found;
    }
    const std::uint64_t address = pc.lookup_address().value;
    auto section =
        std::ranges::upper_bound(module.sections, address, {}, &DumpedModule::Section::address);
    if (section == module.sections.begin()) {
        found.lookup.miss =
            Miss(Miss::not_mapped, "which section of the module it is in is not known");
        return found;
    }
    --section;
    const Section* in_file = file->module.sections().named(section->name);
    if (in_file == nullptr || address - section->address >= in_file->size) {
        found.lookup.miss = Miss::not_mapped;
        return found;
    }
    const std::uint64_t offset = pc.address.value - section->address;
    look_up(found, file->module, {{in_file->address.value + offset}, pc.kind}, detail);
    return found;
}

ResolvedAddress KernelStacks::resolve(CodeAddress pc, Detail detail) {
    const std::uint64_t address = pc.lookup_address().value;
    if (address >= text_begin_ && address < text_end_) return in_kernel(pc, detail);
    if (const DumpedModule* module = module_at(address)) return in_module(*module, pc, detail);
    ResolvedAddress nothing;
    nothing.lookup.miss = Miss(Miss::not_mapped, "neither in the kernel nor in a module");
    return nothing;
}

}  // namespace symline::vmcore
