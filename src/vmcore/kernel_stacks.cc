#include "vmcore/kernel_stacks.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "vmcore/memory/arm64_memory.h"
#include "vmcore/task_facts.h"
#include "vmcore/unwind/arm64_unwinder.h"
#include "vmcore/unwind/kernel_unwinder.h"
#include "vmcore/unwind/ppc64_unwinder.h"
#include "vmcore/unwind/riscv_unwinder.h"
#include "vmcore/unwind/s390_unwinder.h"

namespace symline::vmcore {
namespace {

/// For kernels before Linux 3.14, whose VMCOREINFO does not give their slide, and for those of
/// s390, which it gives from 0 on, wherever the vmlinux was linked to.
std::optional<LoadBias> slide_by_symbols(const Vmcoreinfo& info, kernel::KernelFile& vmlinux) {
    const auto running = info.symbol("_stext");
    const auto linked = vmlinux.symbols().named("_stext");
    if (!running || linked.empty()) return std::nullopt;
    return LoadBias{*running - linked.front()->address.value};
}

}  // namespace

Expected<KernelStacks> KernelStacks::open(const Dump& dump, kernel::LoadedKernel& kernel) {
    const auto fail = [&](ErrorCode code, const char* message) {
        return std::unexpected(Error{code, dump.path(), message});
    };
    if (dump.memory() == nullptr) {
        return fail(ErrorCode::unreadable, "the kernel's memory cannot be read");
    }
    if (dump.machine() == elf::kPpc64 && dump.memory()->big_endian()) {
        return fail(ErrorCode::unsupported, "those of big-endian ppc64 kernels are not unwound");
    }
    kernel::KernelFile* vmlinux = kernel.vmlinux();
    if (vmlinux == nullptr) return open_by_kallsyms(dump);
    const bool uncertain = !kernel.slide() || dump.machine() == elf::kS390;
    const auto by_symbols =
        uncertain ? slide_by_symbols(dump.vmcoreinfo(), *vmlinux) : std::nullopt;
    if (by_symbols) kernel.set_slide(by_symbols);
    if (!kernel.slide()) {
        return fail(ErrorCode::not_found, "where the kernel was loaded is not known");
    }
    return KernelStacks(
        dump, std::make_unique<KernelView>(*dump.memory(), *vmlinux, *kernel.slide()), nullptr);
}

Expected<KernelStacks> KernelStacks::open_by_kallsyms(const Dump& dump) {
    auto read = KallsymsTable::read(*dump.memory(), dump.vmcoreinfo());
    if (!read) {
        return std::unexpected(Error{ErrorCode::not_found, dump.path(),
                                     "no vmlinux for this kernel; " + read.error().message});
    }
    auto symbols = std::make_unique<KallsymsTable>(std::move(*read));
    auto view = std::make_unique<KernelView>(*dump.memory(), *symbols);
    return KernelStacks(dump, std::move(view), std::move(symbols));
}

KernelStacks::KernelStacks(const Dump& dump, std::unique_ptr<KernelView> view,
                           std::unique_ptr<KallsymsTable> symbols)
    : dump_(&dump), symbols_(std::move(symbols)), view_(std::move(view)) {
    if (const auto problem = view_->layouts_problem()) {
        has_layouts_ = false;
        problems_.push_back("tasks and modules: no debug information of vmlinux, and " + *problem);
    } else {
        modules_ = read_modules(*view_, problems_);
    }
    unwinder_ = make_unwinder();
    find_current_tasks();
}

std::optional<KernelStacks::NamedPlace> KernelStacks::symbol_at(std::uint64_t address) {
    for (const DumpedModule& each : modules_) {
        if (address - each.base >= each.size) continue;
        const auto [known, is_new] = module_symbols_.try_emplace(each.address);
        if (is_new) {
            known->second = read_module_symbols(*view_, each.address, module_symbol_budget_);
        }
        const auto& symbols = known->second;
        const auto next = std::ranges::upper_bound(symbols, address, {}, &ModuleSymbol::address);
        if (next == symbols.begin() || std::prev(next)->address < each.base) return std::nullopt;
        const std::uint64_t start = std::prev(next)->address;
        const auto first = std::ranges::lower_bound(symbols, start, {}, &ModuleSymbol::address);
        const std::uint64_t module_end = each.base + each.size;
        const std::uint64_t end =
            next == symbols.end() ? module_end : std::min(next->address, module_end);
        return NamedPlace{first->name, start, end - start, &each, each.base};
    }
    const auto held = symbols_ && code().holds(address) ? symbols_->at(address) : std::nullopt;
    if (!held) return std::nullopt;
    return NamedPlace{held->name, held->start, held->size, nullptr, view_->symbol("_text")};
}

OrcFormat KernelStacks::orc_format() {
    const auto type = view_->member("orc_entry", "type");
    if (!type || type->bit_size == 0) {
        return OrcFormat::of_release(dump_->vmcoreinfo().release());
    }
    constexpr std::uint64_t kFlags = 4;
    const auto bit = [&](std::string_view name) -> std::optional<unsigned> {
        const auto member = view_->member("orc_entry", name);
        if (!member) return std::nullopt;
        return static_cast<unsigned>((member->offset - kFlags) * 8 + member->bit_offset);
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

std::unique_ptr<StackUnwinder> KernelStacks::x86_unwinder() {
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
    return std::make_unique<KernelUnwinder>(view_->memory(), std::move(tables), orc_format());
}

std::optional<CodeRange> KernelStacks::between(std::string_view begin, std::string_view end) {
    const auto from = view_->symbol(begin);
    const auto to = view_->symbol(end);
    if (!from || !to) return std::nullopt;
    return CodeRange{*from, *to};
}

std::unique_ptr<StackUnwinder> KernelStacks::make_unwinder() {
    switch (dump_->machine()) {
        case elf::kArm64: return arm64_unwinder();
        case elf::kRiscv: return riscv_unwinder();
        case elf::kPpc64: return ppc64_unwinder();
        case elf::kS390: return s390_unwinder();
        default: return x86_unwinder();
    }
}

KernelCode KernelStacks::code() {
    std::vector<CodeRange> ranges;
    if (const auto text = between("_stext", "_etext")) ranges.push_back(*text);
    if (const auto early = between("_sinittext", "_einittext")) ranges.push_back(*early);
    for (const DumpedModule& each : modules_) ranges.push_back({each.base, each.base + each.size});
    return {std::move(ranges),
            [view = view_.get()](std::uint64_t address) { return view->function_start(address); }};
}

std::unique_ptr<StackUnwinder> KernelStacks::riscv_unwinder() {
    const auto entry = between("handle_exception", "ret_from_fork");
    return std::make_unique<RiscvUnwinder>(
        view_->memory(),
        RiscvUnwinder::Kernel{.code = code(), .entry = entry.value_or(CodeRange{})});
}

BackChainKernel KernelStacks::back_chain_kernel(const BackChainLayout& frame) {
    return {.code = code(), .frame = frame, .call_frame = [view = view_.get()](std::uint64_t at) {
                return view->call_frame(at);
            }};
}

std::unique_ptr<StackUnwinder> KernelStacks::ppc64_unwinder() {
    return std::make_unique<Ppc64Unwinder>(view_->memory(),
                                           back_chain_kernel(Ppc64Unwinder::kFrame));
}

std::unique_ptr<StackUnwinder> KernelStacks::arm64_unwinder() {
    Arm64Unwinder::Kernel kernel;
    kernel.code = code();
    if (const auto entries = between("__entry_text_start", "__entry_text_end")) {
        kernel.entries = *entries;
    }
    if (const auto record = view_->member("pt_regs", "stackframe")) {
        kernel.record_in_pt_regs = record->offset;
    }
    kernel.signature_bits = arm64_signature_bits(dump_->vmcoreinfo());
    return std::make_unique<Arm64Unwinder>(view_->memory(), std::move(kernel));
}

std::unique_ptr<StackUnwinder> KernelStacks::s390_unwinder() {
    S390Unwinder::Kernel kernel{.chain = back_chain_kernel(S390Unwinder::kFrame)};
    // Kernels without CONFIG_PACK_STACK have another order.
    const auto back_chain = view_->member("stack_frame", "back_chain");
    const auto saved = view_->member("stack_frame", "gprs");
    const auto size = view_->size("stack_frame");
    if (back_chain && saved && size) {
        constexpr std::uint64_t kLinkRegister = std::uint64_t{8} * 8;  // r6 is the first
        kernel.chain.frame.back_chain = back_chain->offset;
        kernel.chain.frame.return_address = saved->offset + kLinkRegister;
        kernel.frame_size = *size;
    }
    if (const auto psw = view_->member("pt_regs", "psw")) kernel.psw_in_pt_regs = psw->offset;
    const auto stack = view_->size("thread_union");
    if (stack && *stack != 0) kernel.stack_size = *stack;
    kernel.identity_base = dump_->vmcoreinfo().identity_base().value_or(0);
    return std::make_unique<S390Unwinder>(view_->memory(), std::move(kernel));
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
    // QEMU's notes have no pids.
    const int pid_of_note = !dump_->by_qemu() ? cpu.pid : has_layouts_ ? 0 : -1;
    stack.tid = task ? task->pid : pid_of_note;
    if (task) stack.name = task->name;
    stack.registers = named(cpu.registers);
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

const std::vector<DumpedTask>& KernelStacks::all_tasks() {
    if (!tasks_) tasks_ = has_layouts_ ? read_tasks(*view_, problems_) : std::vector<DumpedTask>();
    return *tasks_;
}

std::optional<unsigned> KernelStacks::cpu_that_ran(const DumpedTask& task) const {
    for (std::size_t i = 0; i < current_.size(); ++i) {
        if (current_[i] && current_[i]->address == task.address) return dump_->cpus()[i].number;
    }
    return std::nullopt;
}

std::vector<StackTrace> KernelStacks::tasks(std::size_t max_frames, const std::set<int>* pids) {
    std::vector<StackTrace> stacks;
    for (const DumpedTask& task : all_tasks()) {
        if (pids != nullptr && !pids->contains(task.pid)) continue;
        if (cpu_that_ran(task)) continue;
        StackTrace stack;
        if (task.stack_gone) {
            stack.stopped = "the task has exited and has no stack any more";
        } else if (task.stack_pointer) {
            stack = unwinder_->unwind_switched_from(task, max_frames);
        } else {
            stack.stopped = "where its stack is cannot be read";
        }
        stack.tid = task.pid;
        stack.name = task.name;
        stacks.push_back(std::move(stack));
    }
    return stacks;
}

std::vector<KernelTask> KernelStacks::task_facts() {
    TaskFacts reader(*view_, dump_->vmcoreinfo(), all_tasks().size());
    std::vector<KernelTask> list;
    const auto add = [&](const DumpedTask& task, std::optional<unsigned> cpu) {
        KernelTask& facts = list.emplace_back(reader.read(task));
        facts.on_cpu = cpu.has_value();
        if (cpu) facts.cpu = cpu;
        facts.waiting = reader.waiting(facts);
    };
    for (const auto& each : current_) {
        if (each) add(*each, cpu_that_ran(*each));
    }
    for (const DumpedTask& each : all_tasks()) {
        if (!cpu_that_ran(each)) add(each, {});
    }
    return list;
}

}  // namespace symline::vmcore
