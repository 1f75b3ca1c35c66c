#include "process/unwind/unwinder.h"

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/hex.h"
#include "process/unwind/arm_exidx.h"
#include "process/unwind/cfi_step.h"
#include "process/unwind/frame_chain.h"
#include "process/unwind/frame_tables.h"
#include "process/unwind/prologue_step.h"
#include "process/unwind/return_address.h"
#include "process/unwind/signal_frame.h"
#include "process/unwind/stack_scan.h"
#include "process/unwind/thread_exit.h"

namespace symline::process {
namespace {

/// Of all stacks together. A function's rules take some ten instructions, the longest of a browser
/// some thousands: the rules of a damaged file shall not be run for minutes.
constexpr std::size_t kMaxSteps = std::size_t{1} << 27;
/// Of all stacks together: words that are looked at for return addresses, 0.2 us each. One scan
/// passes 2,048 at most and mostly far less; thousands of threads of a crafted core may need one
/// each.
constexpr std::uint64_t kMaxScanned = std::uint64_t{1} << 21;
/// Of all stacks together: each goes over thousands of instructions.
constexpr std::size_t kMaxPrologues = std::size_t{1} << 14;
/// The rules of a stack of the usual depth, of all threads: more are found once more.
constexpr std::size_t kMaxKnown = 4096;

struct PlaceHash {
    std::size_t operator()(const std::pair<std::uint64_t, std::uint64_t>& each) const {
        return (each.first * 0x9e37'79b9'7f4a'7c15U) ^ each.second;
    }
};

/// The rules of one place of code.
struct KnownRules {
    std::optional<dwarf::CallFrameRules> rules;
    std::uint64_t bias = 0;
};

/// The frame that a walk has come to.
struct Place {
    Registers registers;
    CodeKind kind = CodeKind::exact;
    UnwoundBy way = UnwoundBy::registers;
};

std::uint64_t looked_up(const Place& place) {
    return CodeAddress{{place.registers.pc}, place.kind}.lookup_address().value;
}

}  // namespace

struct Unwinder::State {
    State(UnwindSource& given, std::size_t max) : source(given), max_frames(max) {}

    std::optional<std::uint64_t> unwind(Place place, StackTrace& into);
    bool add(const Place& place, bool handler_returns, StackTrace& into);
    std::expected<bool, NoStep> step(Place& place, const KnownRules& known);
    bool scan(Place& place);
    bool leads_on(const Registers& candidate, Candidate how);
    std::expected<bool, NoStep> step_by_rules(Place& place, const KnownRules& known);
    std::optional<std::expected<bool, NoStep>> step_over_signal(Place& place);
    std::expected<ChainStep, NoStep> step_without_rules(const Place& place);
    std::expected<bool, NoStep> step_past_rules(Place& place, std::uint64_t wrong_pc);
    bool leave_stack(Place& place, GoFunction function, const KnownRules& known);
    GoFunction go_function(const Place& place);
    CodeKind caller_kind(GoFunction function, std::uint64_t pc);
    std::expected<ChainStep, NoStep> step_by_other_tables(const Place& place);
    bool returns_from_signal(std::uint64_t pc);
    const KnownRules& rules_of(const Place& place);
    const KnownRules& rules_at(std::uint64_t address);
    bool has_cfi(std::uint64_t address) { return rules_at(address).rules.has_value(); }

    UnwindSource& source;
    std::size_t max_frames;
    std::unordered_map<std::uint64_t, KnownRules> known;
    std::unordered_map<std::uint64_t, bool> trampolines;         ///< by pc
    std::unordered_map<std::uint64_t, GoFunction> go_functions;  ///< by the address to look up
    GoStacks go_stacks{source};
    std::size_t steps = 0;
    std::size_t prologues = 0;
    std::uint64_t scanned = 0;
    bool refused_scan = false;
    /// pc and sp of each frame of the stack so far.
    std::unordered_set<std::pair<std::uint64_t, std::uint64_t>, PlaceHash> seen;
};

const KnownRules& Unwinder::State::rules_at(std::uint64_t address) {
    const auto [at, is_new] = known.try_emplace(address);
    FrameTables* tables = is_new && steps < kMaxSteps ? source.tables(address) : nullptr;
    if (tables == nullptr) return at->second;
    at->second = {tables->rules_at(address), tables->bias()};
    if (at->second.rules) steps += at->second.rules->steps;
    return at->second;
}

/// A return address may be the address after its function's last byte: the rules that hold are
/// those of the call before it. What a signal handler returns to was not called, and may be the
/// first instruction of its function.
const KnownRules& Unwinder::State::rules_of(const Place& place) {
    const KnownRules& usual = rules_at(looked_up(place));
    if (usual.rules || place.kind == CodeKind::exact) return usual;
    const KnownRules& exact = rules_at(place.registers.pc);
    return exact.rules && exact.rules->signal_frame ? exact : usual;
}

GoFunction Unwinder::State::go_function(const Place& place) {
    const std::uint64_t address = looked_up(place);
    const auto [at, is_new] = go_functions.try_emplace(address);
    if (!is_new) return at->second;
    at->second = source.go_function(address);
    if (at->second == GoFunction::unknown && returns_to_asmcgocall(source, place.registers.pc)) {
        at->second = GoFunction::asmcgocall;
    }
    return at->second;
}

/// False when the stack ends before this frame.
bool Unwinder::State::add(const Place& place, bool handler_returns, StackTrace& into) {
    const CodeKind kind = handler_returns ? CodeKind::exact : place.kind;
    const std::uint64_t pc = place.registers.pc;
    const auto sp = place.registers.by_number(source.machine().stack_pointer).value_or(0);
    if (!seen.emplace(pc, sp).second) {
        into.stopped = "the stack leads back to a frame above: " + base::hex(pc);
        return false;
    }
    if (into.frames.size() >= max_frames) {
        into.stopped = "more than " + std::to_string(max_frames) + " frames";
        return false;
    }
    into.frames.push_back({.pc = {{pc}, kind}, .sp = sp, .unwound_by = place.way});
    into.frames.back().signal_return = handler_returns;
    return true;
}

/// Whether call frame information leads from a place to another one that a call may have left, or
/// says that it is the outermost frame. Of a guess, the call has to lead to where it was left.
bool Unwinder::State::leads_on(const Registers& candidate, Candidate how) {
    const std::uint64_t address = candidate.pc - 1;
    const KnownRules& found = rules_at(address);
    if (!found.rules || found.rules->signal_frame) return false;
    const auto step = step_by_cfi(source, candidate, *found.rules, found.bias);
    if (!step) return false;
    const std::uint64_t pc = step->registers.pc;
    if (step->outermost) return how == Candidate::as_found && pc != 0;
    if (!is_in_code(source, pc)) return false;
    const CallBefore call = call_before(source, pc);
    if (how == Candidate::as_found) return call != CallBefore::no;
    return call == CallBefore::yes && call_reaches(source, pc, address) != CallReaches::another;
}

bool Unwinder::State::scan(Place& place) {
    refused_scan = refused_scan || scanned > kMaxScanned;
    if (refused_scan) return false;
    auto caller = scan_for_caller(
        source, place.registers, place.kind,
        [this](const Registers& candidate, Candidate how) { return leads_on(candidate, how); },
        scanned);
    if (!caller) return false;
    place = {std::move(*caller), CodeKind::after_call, UnwoundBy::scan};
    return true;
}

/// Whether the code there is what a signal's handler returns to. It is known by itself, for its
/// call frame information is often none, and sometimes wrong.
bool Unwinder::State::returns_from_signal(std::uint64_t pc) {
    const auto [at, is_new] = trampolines.try_emplace(pc);
    if (is_new) {
        at->second =
            is_signal_trampoline(source.machine(), source.big_endian(), source.code_memory(), pc);
    }
    return at->second;
}

/// Nothing where the stack holds no frame of a signal.
std::optional<std::expected<bool, NoStep>> Unwinder::State::step_over_signal(Place& place) {
    auto frame = read_signal_frame(source.machine(), source.big_endian(), source.code_memory(),
                                   place.registers, place.kind);
    if (frame.unread) {
        return std::unexpected(NoStep{source.memory().why_missing(*frame.unread), frame.unread});
    }
    if (!frame.interrupted) return std::nullopt;
    place = {std::move(*frame.interrupted), CodeKind::exact, UnwoundBy::signal_frame};
    return true;
}

std::expected<ChainStep, NoStep> Unwinder::State::step_without_rules(const Place& place) {
    auto step = step_by_other_tables(place);
    if (step || step.error().reason.empty() || step.error().unread) return step;
    const std::uint64_t pc = place.registers.pc;
    const bool called = place.kind == CodeKind::after_call;
    const bool begins = called && (source.begins_stack(pc - 1) || exits_thread(source, pc));
    if (begins) return std::unexpected(NoStep{});
    if (++prologues > kMaxPrologues) return step;
    if (auto caller = step_by_prologue(source, place.registers, place.kind)) {
        return ChainStep{std::move(*caller), UnwoundBy::prologue};
    }
    return step;
}

/// By those of 32-bit Arm, or the chain of frame pointers.
std::expected<ChainStep, NoStep> Unwinder::State::step_by_other_tables(const Place& place) {
    FrameTables* tables = source.tables(place.registers.pc);
    const ExidxTable* exidx = tables == nullptr ? nullptr : tables->exidx();
    if (exidx == nullptr || !source.is_code(place.registers.pc)) {
        return step_without_cfi(source, place.registers, place.kind,
                                [this](std::uint64_t address) { return has_cfi(address); });
    }
    auto caller = step_by_exidx(source, *exidx, place.registers, place.kind);
    if (!caller) return std::unexpected(std::move(caller.error()));
    return ChainStep{std::move(*caller), UnwoundBy::exidx};
}

/// Where Go's runtime has gone to another stack. False where nothing tells which.
bool Unwinder::State::leave_stack(Place& place, GoFunction function,
                                  const KnownRules& known_rules) {
    auto caller = go_stacks.leave(function, place.registers);
    if (caller && function == GoFunction::cgocallback) {
        if (!known_rules.rules) return false;
        auto step = step_by_cfi(source, *caller, *known_rules.rules, known_rules.bias);
        if (!step || step->outermost) return false;
        if (!go_stacks.left_for_c(place.registers, *caller, step->registers)) return false;
        caller = std::move(step->registers);
    }
    if (!caller || !is_in_code(source, caller->pc)) return false;
    place = {std::move(*caller), CodeKind::after_call, UnwoundBy::stack_switch};
    return true;
}

/// Moves `place` to its caller; false at the outermost frame.
std::expected<bool, NoStep> Unwinder::State::step(Place& place, const KnownRules& known_rules) {
    if (place.kind == CodeKind::exact || returns_from_signal(place.registers.pc)) {
        if (auto went_on = step_over_signal(place)) return std::move(*went_on);
    }
    const GoFunction function = go_function(place);
    if (place.kind == CodeKind::after_call) {
        if (function == GoFunction::mcall) return false;
        if (leave_stack(place, function, known_rules)) return true;
        if (function == GoFunction::systemstack || function == GoFunction::asmcgocall) {
            return std::unexpected(NoStep{"Go's runtime has changed the stack in " +
                                          base::hex(place.registers.pc) +
                                          ", and where its goroutine was is not known"});
        }
    }
    if (known_rules.rules) return step_by_rules(place, known_rules);
    auto step = step_without_rules(place);
    const bool goes_on = step || step.error().reason.empty() || step.error().unread;
    if (!goes_on && scan(place)) return true;
    if (!step) return std::unexpected(std::move(step.error()));
    const CodeKind kind = caller_kind(function, step->registers.pc);
    place = {std::move(step->registers), kind, step->way};
    return true;
}

/// A signal handler has put the address of the instruction that it interrupted where a call puts
/// its return address; others put there that of a function, to be entered where the callee returns.
CodeKind Unwinder::State::caller_kind(GoFunction function, std::uint64_t pc) {
    if (function == GoFunction::injected_call) return CodeKind::exact;
    const bool may_be_put = function == GoFunction::unknown ||
                            (!has_cfi(pc - 1) && has_cfi(pc) && source.begins_function(pc));
    const bool is_put = may_be_put && call_before(source, pc) == CallBefore::no;
    return is_put ? CodeKind::exact : CodeKind::after_call;
}

std::expected<bool, NoStep> Unwinder::State::step_by_rules(Place& place,
                                                           const KnownRules& known_rules) {
    const auto& rules = *known_rules.rules;
    auto step = step_by_cfi(source, place.registers, rules, known_rules.bias);
    if (!step) return std::unexpected(std::move(step.error()));
    const std::uint64_t pc = step->registers.pc;
    if (!step->outermost && !is_in_code(source, pc)) return step_past_rules(place, pc);
    if (step->outermost && pc == 0 && place.way == UnwoundBy::scan) {
        if (scan(place)) return true;
        return std::unexpected(
            NoStep{"the return address of " + base::hex(place.registers.pc) + " is 0"});
    }
    const CodeKind kind =
        rules.signal_frame ? CodeKind::exact : caller_kind(go_function(place), pc);
    place = {std::move(step->registers), kind, UnwoundBy::cfi};
    return !step->outermost;
}

/// Call frame information does not hold where a function has changed its stack pointer unseen, or
/// its stack has been overwritten.
std::expected<bool, NoStep> Unwinder::State::step_past_rules(Place& place, std::uint64_t wrong_pc) {
    if (place.way != UnwoundBy::registers && source.begins_stack(looked_up(place))) return false;
    auto step = step_without_cfi(source, place.registers, place.kind,
                                 [this](std::uint64_t address) { return has_cfi(address); });
    if (step) {
        place = {std::move(step->registers), CodeKind::after_call, step->way};
        return true;
    }
    if (scan(place)) return true;
    return std::unexpected(NoStep{"the return address of " + base::hex(place.registers.pc) + ", " +
                                  base::hex(wrong_pc) + ", is no code"});
}

std::optional<std::uint64_t> Unwinder::State::unwind(Place place, StackTrace& into) {
    seen.clear();
    go_stacks = GoStacks(source);
    for (;;) {
        if (known.size() >= kMaxKnown) known.clear();
        if (trampolines.size() >= kMaxKnown) trampolines.clear();
        if (go_functions.size() >= kMaxKnown) go_functions.clear();
        const KnownRules& rules = rules_of(place);
        const bool handler_returns =
            (rules.rules && rules.rules->signal_frame) || returns_from_signal(place.registers.pc);
        if (!add(place, handler_returns, into)) return std::nullopt;
        const auto went_on = step(place, rules);
        if (!went_on) {
            into.stopped = went_on.error().reason;
            return went_on.error().unread;
        }
        if (!*went_on) return std::nullopt;
    }
}

Unwinder::Unwinder(UnwindSource& source, std::size_t max_frames)
    : state_(std::make_unique<State>(source, max_frames)) {}
Unwinder::~Unwinder() = default;

bool Unwinder::refused_scan() const {
    return state_->refused_scan;
}

std::optional<std::uint64_t> Unwinder::unwind(const Registers& registers, StackTrace& into) {
    return state_->unwind({.registers = registers}, into);
}

}  // namespace symline::process
