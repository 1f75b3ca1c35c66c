// symline::KernelDump: the dump, its kernel and its stacks as one.
#include "symline/kernel_dump.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "kernel/loaded_kernel.h"
#include "vmcore/dump.h"
#include "vmcore/kernel_stacks.h"

namespace symline {
namespace {

std::optional<LoadBias> slide_of(const vmcore::Vmcoreinfo& info) {
    const auto offset = info.kernel_offset();
    return offset ? std::optional(LoadBias{*offset}) : std::nullopt;
}

KernelOptions of_dump(KernelOptions options, const vmcore::Vmcoreinfo& info) {
    options.release = info.release();
    options.build_id = info.build_id();
    options.slide = slide_of(info);
    options.kallsyms.clear();
    options.modules.clear();
    return options;
}

/// What can be told without a vmlinux: where the CPU was.
StackTrace registers_of(const vmcore::DumpedCpu& cpu, std::size_t max_frames) {
    StackTrace stack;
    stack.tid = -1;
    stack.cpu = cpu.number;
    stack.registers = named(cpu.registers);
    if (max_frames == 0) return stack;
    std::visit(
        [&](const auto& registers) {
            stack.frames.push_back({.pc = {{registers.ip}, CodeKind::exact},
                                    .sp = registers.sp,
                                    .unwound_by = UnwoundBy::registers});
        },
        cpu.registers);
    return stack;
}

std::string without_vmlinux(const std::optional<BuildId>& build_id) {
    std::string text = "no vmlinux: functions are named by the kernel's own symbols; lines need ";
    return text + (build_id ? "the debug file with build id " + build_id->hex() : "its debug file");
}

}  // namespace

struct KernelDump::State {
    State(vmcore::Dump opened, KernelOptions options)
        : dump(std::move(opened)), kernel(of_dump(std::move(options), dump.vmcoreinfo())) {}

    /// Null without vmlinux, without memory, or when it is not known where the kernel was loaded.
    vmcore::KernelStacks* stacks();
    /// With the modules and the slide of the dump, which takes vmlinux.
    Kernel& ready();
    std::vector<StackTrace> chosen(KernelThreads which, const StackOptions& options);
    const Expected<std::string>& log();

    vmcore::Dump dump;
    Kernel kernel;
    std::optional<Expected<vmcore::KernelStacks>> opened_stacks;
    std::optional<Expected<std::string>> read_log;
    std::optional<std::vector<KernelTask>> tasks;
};

const Expected<std::string>& KernelDump::State::log() {
    if (!read_log) read_log = dump.log();
    return *read_log;
}

vmcore::KernelStacks* KernelDump::State::stacks() {
    if (!opened_stacks) {
        opened_stacks.emplace(vmcore::KernelStacks::open(dump, kernel::kernel_of(kernel)));
        if (*opened_stacks) {
            kernel::set_loaded_modules(kernel, vmcore::loaded_modules((*opened_stacks)->modules()));
        }
    }
    return *opened_stacks ? &**opened_stacks : nullptr;
}

Kernel& KernelDump::State::ready() {
    stacks();
    return kernel;
}

std::vector<StackTrace> KernelDump::State::chosen(KernelThreads which,
                                                  const StackOptions& options) {
    const auto max_frames = std::min(options.max_frames, kMaxKernelFrames);
    auto list = stacks()->cpus(max_frames);
    if (options.crashing_only && !list.empty()) list.resize(1);
    const std::set<int> wanted(options.tids.begin(), options.tids.end());
    if (!wanted.empty()) {
        std::erase_if(list, [&](const StackTrace& each) { return !wanted.contains(each.tid); });
    }
    if (options.crashing_only || (which != KernelThreads::all && wanted.empty())) return list;
    const auto* pids = wanted.empty() ? nullptr : &wanted;
    std::ranges::move(stacks()->tasks(max_frames, pids), std::back_inserter(list));
    return list;
}

KernelDump::KernelDump(std::unique_ptr<State> state) : state_(std::move(state)) {}
KernelDump::KernelDump(KernelDump&&) noexcept = default;
KernelDump& KernelDump::operator=(KernelDump&&) noexcept = default;
KernelDump::~KernelDump() = default;

bool KernelDump::recognizes(const std::string& path) {
    return vmcore::is_kernel_dump(path);
}

Expected<KernelDump> KernelDump::open(const std::string& path, KernelOptions options) {
    auto dump = vmcore::Dump::open(path);
    if (!dump) return std::unexpected(std::move(dump.error()));
    return KernelDump(std::make_unique<State>(std::move(*dump), std::move(options)));
}

const std::string& KernelDump::path() const {
    return state_->dump.path();
}

std::string_view KernelDump::release() const {
    return state_->dump.vmcoreinfo().release();
}

std::optional<BuildId> KernelDump::build_id() const {
    return state_->dump.vmcoreinfo().build_id();
}

std::optional<LoadBias> KernelDump::slide() {
    const auto told = state_->kernel.slide();
    return told ? told : state_->ready().slide();
}

std::string KernelDump::panic_message() {
    constexpr std::string_view kWords = "] Kernel panic - not syncing: ";
    const auto& log = state_->log();
    const auto at = log ? log->rfind(kWords) : std::string::npos;
    if (at == std::string::npos) return {};
    const auto message = std::string_view(*log).substr(at + kWords.size());
    return std::string(message.substr(0, message.find('\n')));
}

Expected<std::string_view> KernelDump::log() {
    const auto& log = state_->log();
    if (!log) return std::unexpected(log.error());
    return *log;
}

Kernel& KernelDump::kernel() {
    return state_->ready();
}

const Module* KernelDump::vmlinux() {
    return state_->stacks() == nullptr ? nullptr : state_->kernel.vmlinux();
}

std::optional<Error> KernelDump::vmlinux_error() {
    auto& inner = kernel::kernel_of(state_->kernel);
    if (inner.options().vmlinux.empty()) return std::nullopt;
    inner.vmlinux();
    return inner.files().vmlinux_error();
}

std::vector<StackTrace> KernelDump::threads(KernelThreads which, const StackOptions& options) {
    if (state_->stacks() != nullptr) return state_->chosen(which, options);
    std::vector<StackTrace> list;
    for (const vmcore::DumpedCpu& cpu : state_->dump.cpus()) {
        list.push_back(registers_of(cpu, options.max_frames));
    }
    return list;
}

const std::vector<KernelTask>& KernelDump::tasks() {
    auto& tasks = state_->tasks;
    if (!tasks) {
        auto* const stacks = state_->stacks();
        tasks = stacks == nullptr ? std::vector<KernelTask>() : stacks->task_facts();
        std::ranges::stable_sort(*tasks, {}, &KernelTask::pid);
    }
    return *tasks;
}

std::vector<DumpedKernelModule> KernelDump::modules() {
    std::vector<DumpedKernelModule> list;
    if (state_->stacks() == nullptr) return list;
    for (const vmcore::DumpedModule& each : state_->stacks()->modules()) {
        list.push_back({each.name, {each.base}, each.whole_size, each.build_id});
    }
    return list;
}

void KernelDump::prefetch(std::span<const StackTrace> stacks) {
    state_->ready().prefetch(stacks);
}

ResolvedAddress KernelDump::resolve(CodeAddress address, Detail detail) {
    ResolvedAddress found = state_->ready().resolve(address, detail);
    auto* const stacks = found.module == nullptr ? state_->stacks() : nullptr;
    if (stacks == nullptr) return found;
    const auto place = stacks->symbol_at(address.lookup_address().value);
    if (!place) return found;
    if (place->base) {
        found.module_name = place->module != nullptr ? place->module->name : "vmlinux";
        found.build_id = place->module != nullptr ? place->module->build_id : build_id();
        found.offset = address.address.value - *place->base;
    }
    Frame frame;
    frame.name = place->name;
    frame.name_source = NameSource::symbol_table;
    found.lookup.frames = {frame};
    found.lookup.miss.reset();
    return found;
}

std::optional<KernelSymbol> KernelDump::symbol_at(CodeAddress address) {
    auto* const stacks = state_->stacks();
    const auto place =
        stacks != nullptr ? stacks->symbol_at(address.lookup_address().value) : std::nullopt;
    if (!place) return std::nullopt;
    KernelSymbol symbol{.symbol = std::string(place->name),
                        .offset = address.address.value - place->start,
                        .size = place->size,
                        .kind = address.kind};
    if (place->module != nullptr) {
        symbol.module = place->module->name;
        symbol.build_id = place->module->build_id;
    }
    return symbol;
}

std::vector<std::string> KernelDump::problems() const {
    auto problems = state_->dump.problems();
    const auto& opened = state_->opened_stacks;
    if (opened && *opened) {
        if (!(*opened)->has_vmlinux()) problems.push_back(without_vmlinux(build_id()));
        std::ranges::copy((*opened)->problems(), std::back_inserter(problems));
    } else if (opened) {
        problems.push_back("stacks: " + opened->error().message);
    }
    return problems;
}

}  // namespace symline
