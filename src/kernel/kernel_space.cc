// symline::Kernel: one kernel as an address space.
#include <algorithm>
#include <iterator>
#include <utility>

#include "kernel/function_entry.h"
#include "kernel/loaded_kernel.h"
#include "kernel/missing_files.h"
#include "kernel/running_kernel.h"
#include "kernel/source_root.h"
#include "symline/kernel.h"

namespace symline {
namespace {

/// At the start of a symbol there is nothing to return to.
CodeKind kind_at(std::uint64_t offset, CodeKind kind) {
    return offset == 0 ? CodeKind::exact : kind;
}

/// Leaves the error beside the miss where the file is too damaged to be asked.
Lookup take(Expected<Lookup> lookup, std::optional<Error>& error) {
    if (lookup) return std::move(*lookup);
    error = std::move(lookup.error());
    return {{}, Miss(Miss::no_debug_info, error->message)};
}

kernel::KernelPlaces places_of(kernel::LoadedKernel& kernel, const KernelSymbol& place) {
    const std::string build_id = kernel::hex_or_empty(place.build_id);
    kernel::KernelQuestion question;
    question.symbol = place.symbol;
    question.offset = place.offset;
    question.size = place.size;
    question.module = place.module;
    question.build_id = build_id;
    return kernel.places(question);
}

Miss plain_miss(const KernelMiss& miss) {
    const bool no_file = miss.code == KernelMiss::no_vmlinux || miss.code == KernelMiss::no_module;
    return Miss(no_file ? Miss::module_not_found : Miss::not_mapped, describe(miss));
}

}  // namespace

struct Kernel::State {
    State(KernelOptions options, kernel::Kallsyms symbols, kernel::LoadedModules loaded)
        : kallsyms(std::move(symbols)), modules(std::move(loaded)), kernel(std::move(options)) {
        kernel.use(&modules);
    }

    static State& of(symline::Kernel& kernel) { return *kernel.state_; }

    /// With kallsyms in use, which opens vmlinux.
    kernel::LoadedKernel& ready() {
        if (!std::exchange(prepared, true) && !kallsyms.empty()) kernel.use(&kallsyms);
        return kernel;
    }
    ResolvedAddress at(const kernel::KernelPlaces& found, CodeKind kind, Detail detail);
    void name_holder(ResolvedAddress& answer, CodeAddress address);
    void name_module(ResolvedAddress& answer, const KernelModulePlace& place);

    kernel::Kallsyms kallsyms;
    kernel::LoadedModules modules;
    kernel::LoadedKernel kernel;
    bool prepared = false;
    std::string release;
    std::vector<Notice> notices;
};

/// `found` is of the byte that was looked up, not of the return address.
ResolvedAddress Kernel::State::at(const kernel::KernelPlaces& found, CodeKind kind, Detail detail) {
    ResolvedAddress answer;
    if (found.places.empty()) {
        answer.lookup.miss = plain_miss(found.reason.value_or(KernelMiss{}));
        return answer;
    }
    const kernel::KernelPlace& place = found.places.front();
    answer.module_name = place.file->name;
    answer.module = &place.file->module;
    answer.build_id = answer.module->build_id();
    answer.address = {place.address.value + (kind == CodeKind::after_call ? 1 : 0)};
    auto looked_up =
        kernel::look_up(*answer.module, {place.start, place.size, place.address}, detail);
    answer.lookup = take(std::move(looked_up.lookup), answer.error);
    return answer;
}

/// Fills in the offset from _text, or from the base in the kernel's list; and the name of a module
/// that is listed but has no file.
void Kernel::State::name_holder(ResolvedAddress& answer, CodeAddress address) {
    auto* vmlinux = answer.module == nullptr ? nullptr : kernel.vmlinux();
    if (vmlinux != nullptr && answer.module == &vmlinux->module) {
        const auto text = vmlinux->symbols().named("_text");
        if (!text.empty()) answer.offset = answer.address.value - text.front()->address.value;
        return;
    }
    const auto* loaded = modules.at(address.lookup_address());
    if (loaded == nullptr) return;
    if (answer.module == nullptr) {
        answer.module_name = loaded->name;
        answer.build_id = BuildId::parse(loaded->build_id);
    }
    if (answer.module_name == loaded->name) {
        answer.offset = address.address.value - loaded->base.value;
    }
}

/// Fills in the module whose file is there, for a place that the file does not have, and says so
/// where it is the section that is missing.
void Kernel::State::name_module(ResolvedAddress& answer, const KernelModulePlace& place) {
    auto* file = kernel.module(place.module, kernel::hex_or_empty(place.build_id));
    if (file == nullptr) return;
    answer.module_name = file->name;
    answer.build_id = file->module.build_id();
    if (!place.section.empty() && file->module.sections().named(place.section) == nullptr) {
        answer.lookup.miss = Miss(Miss::not_mapped, "no such section");
    }
}

std::optional<KernelSymbol> KernelSymbol::parse(std::string_view text) {
    KernelSymbol place;
    const auto space = text.find(' ');
    if (space != std::string_view::npos) {
        auto module = text.substr(space + 1);
        if (!module.starts_with('[') || !module.ends_with(']')) return std::nullopt;
        module = module.substr(1, module.size() - 2);
        // CONFIG_STACKTRACE_BUILD_ID: "[xfs 0123...]".
        const auto id = module.find(' ');
        place.module = module.substr(0, id);
        if (id != std::string_view::npos) place.build_id = BuildId::parse(module.substr(id + 1));
    }
    auto symbol = SymbolOffset::parse(text.substr(0, space));
    if (!symbol) return std::nullopt;
    place.symbol = std::move(symbol->name);
    place.offset = symbol->offset;
    place.size = symbol->size;
    return place;
}

Kernel::Kernel(std::unique_ptr<State> state) : state_(std::move(state)) {}
Kernel::Kernel(Kernel&&) noexcept = default;
Kernel& Kernel::operator=(Kernel&&) noexcept = default;
Kernel::~Kernel() = default;

Kernel::Kernel(KernelOptions options) {
    kernel::Kallsyms kallsyms(std::exchange(options.kallsyms, {}));
    kernel::LoadedModules modules(std::exchange(options.modules, {}));
    state_ = std::make_unique<State>(std::move(options), std::move(kallsyms), std::move(modules));
}

Expected<Kernel> Kernel::open(KernelOptions options) {
    const std::string file = options.vmlinux;
    Kernel kernel(std::move(options));
    if (kernel.vmlinux() != nullptr) return kernel;
    if (const auto& error = kernel.state_->kernel.files().vmlinux_error()) {
        return std::unexpected(*error);
    }
    std::string why = "no vmlinux";
    for (const Notice& each : kernel.notices()) (why += "; ") += describe(each);
    return std::unexpected(Error{ErrorCode::not_found, file, std::move(why)});
}

Kernel Kernel::running(KernelOptions options) {
    const kernel::RunningKernel here;
    options.release = here.release();
    options.build_id = here.build_id();
    options.kallsyms.clear();
    options.modules.clear();
    return Kernel(std::make_unique<State>(std::move(options), here.kallsyms(), here.modules()));
}

const std::string& Kernel::release() {
    if (state_->release.empty()) state_->release = state_->kernel.files().release();
    return state_->release;
}

const Module* Kernel::vmlinux() {
    auto* file = state_->kernel.vmlinux();
    return file == nullptr ? nullptr : &file->module;
}

const Module* Kernel::module(std::string_view name, const std::optional<BuildId>& build_id) {
    auto* file = state_->kernel.module(name, kernel::hex_or_empty(build_id));
    return file == nullptr ? nullptr : &file->module;
}

std::optional<FoundBy> Kernel::found_by(const Module& file) const {
    const auto* found = state_->kernel.files().with_module(file);
    return found == nullptr ? std::nullopt : std::optional(found->found_by);
}

std::string Kernel::source_root() {
    auto* file = state_->kernel.vmlinux();
    return file == nullptr ? std::string() : kernel::source_roots(*file).tree;
}

std::string Kernel::assembler_source_root() {
    auto* file = state_->kernel.vmlinux();
    return file == nullptr ? std::string() : kernel::source_roots(*file).assembler;
}

KernelAnswer Kernel::resolve(const KernelSymbol& place, Detail detail) {
    const auto found = places_of(state_->ready(), place);
    KernelAnswer answer{.candidates = {}, .miss = found.reason};
    const CodeKind kind = kind_at(place.offset, place.kind);
    for (const kernel::KernelPlace& each : found.places) {
        KernelCandidate& candidate = answer.candidates.emplace_back();
        candidate.module_name = each.file->name;
        candidate.module = &each.file->module;
        candidate.start = each.start;
        candidate.address = each.address;
        candidate.size = each.size;
        auto looked_up = kernel::look_up(
            *candidate.module, {each.start, each.size, lookup_address(each.address, kind)}, detail);
        candidate.lookup = take(std::move(looked_up.lookup), candidate.error);
        candidate.at_start = looked_up.at_start;
    }
    return answer;
}

ResolvedAddress Kernel::resolve(CodeAddress address, Detail detail) {
    const auto found = state_->ready().places(address.lookup_address());
    auto answer = state_->at(found, address.kind, detail);
    state_->name_holder(answer, address);
    return answer;
}

ResolvedAddress Kernel::resolve(const KernelModulePlace& place, Detail detail) {
    const CodeKind kind = kind_at(place.offset, place.kind);
    const std::uint64_t offset = lookup_address(RuntimeAddress{place.offset}, kind).value;
    const kernel::ModuleName module{place.module, kernel::hex_or_empty(place.build_id)};
    kernel::LoadedKernel& kernel = state_->ready();
    auto answer =
        state_->at(place.section.empty() ? kernel.place_after_base(module, offset)
                                         : kernel.place_in_section(module, place.section, offset),
                   kind, detail);
    if (answer.module == nullptr) {
        state_->name_module(answer, place);
    } else if (place.section.empty()) {
        answer.offset = place.offset;
    } else {
        const FileAddress asked = lookup_address(answer.address, kind);
        const auto before = kernel::offset_by_layout(*answer.module, asked);
        if (before) answer.offset = *before + (answer.address.value - asked.value);
    }
    return answer;
}

void Kernel::prefetch(std::span<const StackTrace> stacks) {
    std::vector<RuntimeAddress> addresses;
    for (const StackTrace& stack : stacks) {
        for (const StackFrame& frame : stack.frames) addresses.push_back(frame.pc.lookup_address());
    }
    state_->kernel.expect(state_->modules.that_hold(addresses));
}

std::optional<LoadBias> Kernel::slide() {
    return state_->ready().slide();
}

bool Kernel::learn(RuntimeAddress address, const KernelSymbol& place) {
    kernel::LoadedKernel& kernel = state_->ready();
    if (kernel.slide()) return false;
    const auto found = places_of(kernel, place);
    if (found.places.size() == 1) {
        kernel.learn(address, found.places.front(), kernel::PlacePrecision::address);
    }
    return kernel.slide().has_value();
}

std::vector<LoadedKernelModule> Kernel::loaded_modules() const {
    std::vector<LoadedKernelModule> list;
    for (const kernel::LoadedModule& each : state_->modules.modules()) {
        list.push_back({each.name, each.base, each.size});
    }
    return list;
}

std::span<const Notice> Kernel::notices() {
    std::ranges::move(state_->kernel.take_notices(), std::back_inserter(state_->notices));
    return state_->notices;
}

std::optional<MissingFiles> Kernel::missing_files() const {
    return kernel::missing_files(state_->kernel);
}

namespace {

/// Names what of a Kernel is protected.
struct KernelAccess : Kernel {
    using Kernel::State;
};

}  // namespace

kernel::LoadedKernel& kernel::kernel_of(symline::Kernel& kernel) {
    return KernelAccess::State::of(kernel).ready();
}

void kernel::set_loaded_modules(symline::Kernel& kernel, LoadedModules modules) {
    KernelAccess::State::of(kernel).modules = std::move(modules);
}

}  // namespace symline
