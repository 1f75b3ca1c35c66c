#include "symbolize/tail_calls.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "symbolize/calls.h"
#include "symbolize/module_calls.h"

namespace symline::symbolize {
namespace {

/// Beyond this many functions the search is given up: chains have one or two links.
constexpr std::size_t kMaxFunctions = 256;
constexpr std::size_t kMaxSites = 4096;
/// Pairs of frames that are remembered; a log with more of them begins anew.
constexpr std::size_t kMaxKnown = std::size_t{1} << 16;

/// A jump may lead past the first instructions: a landing pad (ENDBR64, BTI), the load of the TOC
/// pointer on ppc64.
constexpr std::uint64_t kMaxPreamble = 8;

bool begins_at(const CodePlace& function, const CodePlace& target) {
    return function.module == target.module &&
           target.address.value - function.address.value <= kMaxPreamble;
}

/// The only function that a file defines under a name; nothing where it has several or none.
std::optional<FileAddress> defined_in(const Module& module, std::string_view name) {
    const auto symbols = module.symbols().named(name);
    if (!symbols) return std::nullopt;
    std::optional<FileAddress> found;
    for (const Symbol& symbol : *symbols) {
        if (!symbol.section || symbol.type != SymbolType::function) continue;
        if (found && *found != symbol.address) return std::nullopt;
        found = symbol.address;
    }
    return found;
}

bool is_linked_by_name(const Symbol& symbol) {
    return symbol.section && symbol.type == SymbolType::function &&
           symbol.binding != SymbolBinding::local;
}

/// "name" of the stub "name@plt" at an address.
std::string_view stub_name(const Module& module, FileAddress address) {
    constexpr std::string_view kStub = "@plt";
    const auto section = module.sections().offset_of(address);
    if (!section || !section->section->name.starts_with(".plt")) return {};
    const auto found = module.lookup(address);
    if (!found || found->frames.empty() || !found->frames.back().name.ends_with(kStub)) return {};
    return found->frames.back().name.substr(0, found->frames.back().name.size() - kStub.size());
}

/// clang says where a jump is, not where it ends. Without code, the next address has to do.
std::uint64_t end_of_instruction(const Module& module, FileAddress address) {
    constexpr std::size_t kLongest = 15;
    constexpr std::size_t kUsual = 4;
    const Code code = module.sections().contents_at(address, kLongest);
    if (code.empty()) return address.value + 1;
    const std::size_t size = instruction_size(instruction_set(module, address), code);
    return address.value + (size == 0 ? kUsual : size);
}

/// One search from a call to a frame below it.
class Search {
public:
    using Linked = std::function<const std::vector<const Module*>&()>;
    Search(const CodePlace& caller, const CodePlace& callee, Linked linked)
        : caller_(caller), callee_(callee), linked_(std::move(linked)) {}

    std::vector<TailCall> run() {
        const auto called = called_function();
        if (!called) return {};
        goal_ = function_at(callee_);
        if (!goal_ || begins_at(*goal_, *called)) return {};
        if (!add_functions_from(*called)) return {};
        mark_leading_functions();
        return certain_chain();
    }

private:
    /// A tail call, and the function that it leads to, if that is known.
    struct Jump {
        FileAddress site;  ///< the address after it
        std::optional<std::size_t> to;
        bool to_goal = false;
        bool known() const { return to || to_goal; }
    };
    struct Function {
        CodePlace begin;
        std::vector<Jump> jumps;
        bool leads_to_goal = false;
    };

    std::optional<CodePlace> called_function() const;
    std::optional<CodePlace> function_at(const CodePlace& place) const;
    std::optional<CodePlace> target_of_branch(const Module& module,
                                              const ReferenceTarget& branch) const;
    std::optional<CodePlace> target_of_name(const Module& module,
                                            const dwarf::Callee& callee) const;
    std::optional<CodePlace> target_of_jump(const Module& module, const dwarf::CallSite& site,
                                            FileAddress end) const;
    std::optional<CodePlace> named(const Module& from, std::string_view name) const;
    bool add_functions_from(const CodePlace& first);
    std::optional<std::size_t> add(const CodePlace& target);
    void add_jump(std::size_t from, const dwarf::CallSite& site);
    void mark_leading_functions();
    bool may_lead(const Jump& jump) const {
        return !jump.known() || jump.to_goal || functions_[*jump.to].leads_to_goal;
    }
    std::vector<TailCall> certain_chain() const;
    std::vector<TailCall> certain_end(std::vector<bool>& passed) const;
    std::optional<std::size_t> only_jumper(std::optional<std::size_t> to) const;

    CodePlace caller_, callee_;
    Linked linked_;
    std::optional<CodePlace> goal_;
    std::vector<Function> functions_;
    std::size_t sites_ = 0;
};

/// Where the function begins that a place is in.
std::optional<CodePlace> Search::function_at(const CodePlace& place) const {
    if (const auto listed = tail_calls_at(*place.module, place.address)) {
        return CodePlace{place.module, FileAddress{listed->entry}};
    }
    const auto symbol = place.module->symbols().at(place.address);
    if (!symbol || !*symbol) return std::nullopt;
    return CodePlace{place.module, (*symbol)->address};
}

/// A name that is linked against: in the files of the two frames, of the one that refers to it, and
/// in all others that are known. Nothing where it is not one function.
std::optional<CodePlace> Search::named(const Module& from, std::string_view name) const {
    std::vector<const Module*> modules = {&from};
    const auto add = [&](const Module* each) {
        if (std::ranges::find(modules, each) == modules.end()) modules.push_back(each);
    };
    add(caller_.module);
    add(callee_.module);
    std::ranges::for_each(linked_(), add);
    std::optional<CodePlace> found;
    for (const Module* module : modules) {
        const auto symbols = module->symbols().named(name);
        if (!symbols || std::ranges::none_of(*symbols, is_linked_by_name)) continue;
        const auto address = defined_in(*module, name);
        if (!address || found) return std::nullopt;
        found = CodePlace{module, *address};
    }
    return found;
}

std::optional<CodePlace> Search::target_of_branch(const Module& module,
                                                  const ReferenceTarget& branch) const {
    if (!branch.address) return named(module, branch.symbol);
    const auto stub = stub_name(module, *branch.address);
    if (stub.empty()) return CodePlace{&module, *branch.address};
    return named(module, stub);
}

std::optional<CodePlace> Search::target_of_name(const Module& module,
                                                const dwarf::Callee& callee) const {
    if (callee.entry) return CodePlace{&module, FileAddress{*callee.entry}};
    return callee.external ? named(module, callee.name) : std::nullopt;
}

/// The instruction says more than debug information does, which names an abstract function or a
/// declaration where the jump leads to one of the function's copies.
std::optional<CodePlace> Search::target_of_jump(const Module& module, const dwarf::CallSite& site,
                                                FileAddress end) const {
    // A kernel's static calls are patched to lead elsewhere (include/linux/static_call.h).
    constexpr std::string_view kStaticCall = "__SCT__";
    if (!site.callee || site.callee->name.starts_with(kStaticCall)) return std::nullopt;
    if (const auto branch = jump_target(module, end)) return target_of_branch(module, *branch);
    return target_of_name(module, *site.callee);
}

/// Cheap for most frames: their caller's code calls the function that they are in, or a pointer.
/// Where the code tells it, calls count that no compiler lists: an assembler's, and those in
/// assembler that is among C.
std::optional<CodePlace> Search::called_function() const {
    const auto by_code = call_target(*caller_.module, caller_.address);
    if (by_code && by_code->address && caller_.module == callee_.module) {
        const auto symbol = callee_.module->symbols().at(callee_.address);
        const bool same =
            symbol && *symbol &&
            begins_at({callee_.module, (*symbol)->address}, {caller_.module, *by_code->address});
        if (same) return std::nullopt;
    }
    const bool indirect = !by_code &&
                          call_ends_at(*caller_.module, caller_.address) == CallAt::yes &&
                          knows_direct_calls(*caller_.module) &&
                          !calls_through_table(*caller_.module, caller_.address);
    if (indirect) return std::nullopt;
    if (by_code) return target_of_branch(*caller_.module, *by_code);
    const auto site = call_returning_to(*caller_.module, caller_.address);
    if (!site || site->tail || !site->callee) return std::nullopt;
    return target_of_name(*caller_.module, *site->callee);
}

/// False where there are too many.
bool Search::add_functions_from(const CodePlace& first) {
    if (!add(first)) return false;
    for (std::size_t i = 0; i < functions_.size(); ++i) {
        const CodePlace begin = functions_[i].begin;
        const auto listed = tail_calls_at(*begin.module, begin.address);
        // Code that no compiler has listed the calls of (an assembler's) is a dead end, as it is
        // to gdb.
        if (!listed || !begins_at({begin.module, FileAddress{listed->entry}}, begin)) continue;
        sites_ += listed->tail_calls.size();
        if (sites_ > kMaxSites) return false;
        for (const dwarf::CallSite& site : listed->tail_calls) add_jump(i, site);
        if (functions_.size() > kMaxFunctions) return false;
    }
    return true;
}

std::optional<std::size_t> Search::add(const CodePlace& target) {
    const auto known = std::ranges::find(functions_, target, &Function::begin);
    if (known != functions_.end()) return static_cast<std::size_t>(known - functions_.begin());
    functions_.push_back({.begin = target, .jumps = {}});
    return functions_.size() - 1;
}

void Search::add_jump(std::size_t from, const dwarf::CallSite& site) {
    const Module& module = *functions_[from].begin.module;
    const FileAddress end{site.return_pc != 0 ? site.return_pc
                                              : end_of_instruction(module, FileAddress{site.pc})};
    Jump jump{.site = end, .to = {}};
    if (const auto to = target_of_jump(module, site, end)) {
        jump.to_goal = begins_at(*goal_, *to);
        if (!jump.to_goal) jump.to = add(*to);
    }
    functions_[from].jumps.push_back(jump);
}

void Search::mark_leading_functions() {
    for (bool changed = true; changed;) {
        changed = false;
        for (Function& each : functions_) {
            if (each.leads_to_goal) continue;
            each.leads_to_goal = std::ranges::any_of(
                each.jumps, [&](const Jump& jump) { return jump.known() && may_lead(jump); });
            changed = changed || each.leads_to_goal;
        }
    }
}

/// From the function that was called on, as long as there is one way to go.
std::vector<TailCall> Search::certain_chain() const {
    std::vector<TailCall> chain;
    std::vector<bool> passed(functions_.size());
    if (!functions_[0].leads_to_goal) return chain;
    for (std::optional<std::size_t> at = 0; at && !passed[*at];) {
        passed[*at] = true;
        const Function& function = functions_[*at];
        std::vector<Jump> jumps;
        std::ranges::copy_if(function.jumps, std::back_inserter(jumps),
                             [&](const Jump& jump) { return may_lead(jump); });
        TailCall& call = chain.emplace_back(TailCall{.function = function.begin, .site = {}});
        if (jumps.size() == 1) call.site = jumps[0].site;
        const bool one_way = std::ranges::all_of(
            jumps, [&](const Jump& jump) { return jump.known() && jump.to == jumps[0].to; });
        at = one_way ? jumps[0].to : std::nullopt;
    }
    std::ranges::reverse(chain);
    auto end = certain_end(passed);
    end.insert(end.end(), chain.begin(), chain.end());
    return end;
}

/// The one function that jumps to another one, or to the goal. Nothing where several do.
std::optional<std::size_t> Search::only_jumper(std::optional<std::size_t> to) const {
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < functions_.size(); ++i) {
        const bool jumps = std::ranges::any_of(functions_[i].jumps, [&](const Jump& jump) {
            return to ? jump.to == to : jump.to_goal;
        });
        if (!jumps) continue;
        if (found) return std::nullopt;
        found = i;
    }
    return found;
}

/// From the goal back, as long as there is one way to have come. A jump that may lead anywhere may
/// have led to the goal.
std::vector<TailCall> Search::certain_end(std::vector<bool>& passed) const {
    std::vector<TailCall> end;
    const auto known = [](const Function& each) {
        return std::ranges::all_of(each.jumps, &Jump::known);
    };
    if (!std::ranges::all_of(functions_, known)) return end;
    std::optional<std::size_t> to;
    for (auto from = only_jumper(to); from && !passed[*from]; from = only_jumper(to)) {
        passed[*from] = true;
        TailCall& call =
            end.emplace_back(TailCall{.function = functions_[*from].begin, .site = {}});
        std::size_t sites = 0;
        for (const Jump& jump : functions_[*from].jumps) {
            if (to ? jump.to != to : !jump.to_goal) continue;
            call.site = jump.site;
            ++sites;
        }
        if (sites != 1) call.site.reset();
        to = from;
    }
    return end;
}

}  // namespace

std::size_t TailCalls::Hash::operator()(const Pair& pair) const {
    const std::hash<const void*> pointer;
    std::size_t value = pointer(pair.caller.module) * 31 + pointer(pair.callee.module);
    value = value * 0x9e3779b97f4a7c15U + pair.caller.address.value;
    return value * 0x9e3779b97f4a7c15U + pair.callee.address.value;
}

const std::vector<TailCall>& TailCalls::between(CodePlace caller, CodePlace callee) {
    if (known_.size() >= kMaxKnown) known_.clear();
    const auto [known, is_new] = known_.try_emplace({caller, callee});
    if (is_new) {
        known->second = Search(caller, callee, [this]() -> const auto& { return linked(); }).run();
    }
    return known->second;
}

const std::vector<const Module*>& TailCalls::linked() {
    if (!linked_) linked_ = ask_linked_ ? ask_linked_() : std::vector<const Module*>();
    return *linked_;
}

}  // namespace symline::symbolize
