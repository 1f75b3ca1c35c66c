#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "process/process_state.h"
#include "symbolize/tail_calls.h"
#include "symline/tail_calls.h"

namespace symline {
namespace {

/// Whether `above` is the caller of `below`, and nothing else lies between: the chain of frame
/// pointers passes over a function that a signal stopped before it had made its frame.
bool is_caller(const StackFrame& above, const StackFrame& below) {
    if (above.user || below.user || above.pc.kind != CodeKind::after_call) return false;
    switch (above.unwound_by) {
        case UnwoundBy::cfi:
        case UnwoundBy::orc: return true;
        case UnwoundBy::frame_pointer: return below.pc.kind == CodeKind::after_call;
        default: return false;
    }
}

/// Names what of a Process is protected.
struct ProcessAccess : Process {
    static State& of(Process& process) { return *(process.*&ProcessAccess::state_); }
};

/// A file that is mapped, and where.
struct MappedModule {
    const Module* module = nullptr;
    LoadBias bias;
};

std::optional<LoadBias> bias_of(const Mapping& mapping, const Module& module) {
    if (mapping.bias) return mapping.bias;
    const auto first = module.elf().address_of_file_offset(mapping.file_offset);
    if (!first) return std::nullopt;
    return LoadBias{mapping.begin.value - first->value};
}

std::vector<MappedModule> mapped_modules(Process& process) {
    // No process has nearly as many libraries; each is opened.
    constexpr std::size_t kMaxModules = 4096;
    auto& state = ProcessAccess::of(process);
    std::vector<MappedModule> modules;
    if (state.debug_files->may_fetch()) return modules;
    for (const Mapping& each : process.mappings()) {
        if (modules.size() == kMaxModules) break;
        const Module* module = state.symbolizer.module(each);
        if (module == nullptr || (!modules.empty() && modules.back().module == module)) continue;
        if (const auto bias = bias_of(each, *module)) modules.push_back({module, *bias});
    }
    return modules;
}

class Adder {
public:
    explicit Adder(AddressSpace& space) : space_(space) {}
    explicit Adder(Process& process)
        : space_(process), calls_([this, &process] { return linked_modules(process); }) {}
    Adder(const Adder&) = delete;
    Adder& operator=(const Adder&) = delete;
    ~Adder() = default;

    void add(std::vector<StackFrame>& frames) {
        std::vector<StackFrame> all;
        for (std::size_t i = 0; i < frames.size(); ++i) {
            if (i != 0 && is_caller(frames[i], frames[i - 1])) {
                const auto& added = between(frames[i].pc, frames[i - 1].pc);
                if (!added.empty() && all.empty()) {
                    all.assign(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(i));
                }
                all.insert(all.end(), added.begin(), added.end());
            }
            if (!all.empty()) all.push_back(frames[i]);
        }
        if (!all.empty()) frames = std::move(all);
    }

private:
    struct Place {
        symbolize::CodePlace code;
        LoadBias bias;
    };

    const std::vector<StackFrame>& between(CodeAddress caller, CodeAddress callee) {
        const auto [known, is_new] = known_.try_emplace({caller, callee});
        if (is_new) known->second = find(caller, callee);
        return known->second;
    }

    std::vector<StackFrame> find(CodeAddress caller, CodeAddress callee) {
        const Place& above = place(caller);
        const Place& below = place(callee);
        std::vector<StackFrame> added;
        if (above.code.module == nullptr || below.code.module == nullptr) return added;
        auto to_look_up = below.code;
        to_look_up.address = lookup_address(to_look_up.address, callee.kind);
        for (const symbolize::TailCall& each : calls_.between(above.code, to_look_up)) {
            const auto bias = bias_in(each.function.module, above, below);
            if (!bias) continue;
            const auto site = each.site.value_or(each.function.address);
            added.push_back({.pc = {{site.value + bias->value},
                                    each.site ? CodeKind::after_call : CodeKind::exact},
                             .unwound_by = UnwoundBy::tail_call});
        }
        return added;
    }

    std::optional<LoadBias> bias_in(const Module* module, const Place& above,
                                    const Place& below) const {
        for (const Place& each : {above, below}) {
            if (each.code.module == module) return each.bias;
        }
        const auto found = std::ranges::find(linked_, module, &MappedModule::module);
        return found == linked_.end() ? std::nullopt : std::optional(found->bias);
    }

    std::vector<const Module*> linked_modules(Process& process) {
        linked_ = mapped_modules(process);
        std::vector<const Module*> modules;
        for (const MappedModule& each : linked_) modules.push_back(each.module);
        return modules;
    }

    const Place& place(CodeAddress pc) {
        const auto [known, is_new] = places_.try_emplace(pc);
        if (!is_new) return known->second;
        const ResolvedAddress found = space_.resolve(pc);
        if (found.module == nullptr) return known->second;
        known->second = {{found.module, found.address},
                         LoadBias{pc.address.value - found.address.value}};
        return known->second;
    }

    AddressSpace& space_;
    std::vector<MappedModule> linked_;
    symbolize::TailCalls calls_;
    std::map<CodeAddress, Place> places_;
    std::map<std::pair<CodeAddress, CodeAddress>, std::vector<StackFrame>> known_;
};

}  // namespace

void add_tail_calls(AddressSpace& space, std::span<StackTrace> stacks) {
    Adder adder(space);
    for (StackTrace& each : stacks) adder.add(each.frames);
}

void add_tail_calls(Process& process, std::span<StackTrace> stacks) {
    Adder adder(process);
    for (StackTrace& each : stacks) adder.add(each.frames);
}

}  // namespace symline
