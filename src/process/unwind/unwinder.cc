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
#include "process/unwind/return_address.h"
#include "process/unwind/signal_frame.h"
#include "process/unwind/stack_scan.h"

namespace symline::process {
namespace {

/// Of all stacks together. A function's rules take some ten instructions, the longest of a browser
/// some thousands: the rules of a damaged file shall not be run for minutes.
constexpr std::size_t kMaxSteps = std::size_t{1} << 27;
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

}  // namespace

struct Unwinder::State {
    State(UnwindSource& given, std::size_t max) : source(given), max_frames(max) {}

    std::optional<std::uint64_t> unwind(Place place, StackTrace& into);
    bool add(const Place& place, CodeKind kind, StackTrace& into);
    std::expected<bool, NoStep> step(Place& place, const KnownRules& known);
    bool scan(Place& place);
    bool leads_on(const Registers& candidate);
    std::expected<bool, NoStep> step_by_rules(Place& place, const KnownRules& known);
    std::optional<std::expected<bool, NoStep>> step_over_signal(Place& place);
    std::expected<ChainStep, NoStep> step_without_rules(const Place& place);
    bool returns_from_signal(std::uint64_t pc);
    const KnownRules& rules_of(const Place& place);
    const KnownRules& rules_at(std::uint64_t address);
    bool has_cfi(std::uint64_t address) { return rules_at(address).rules.has_value(); }

    UnwindSource& source;
    std::size_t max_frames;
    std::unordered_map<std::uint64_t, KnownRules> known;
    std::unordered_map<std::uint64_t, bool> trampolines;  ///< by pc
    std::size_t steps = 0;
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
    const CodeAddress pc{{place.registers.pc}, place.kind};
    const KnownRules& usual = rules_at(pc.lookup_address().value);
    if (usual.rules || place.kind == CodeKind::exact) return usual;
    const KnownRules& exact = rules_at(place.registers.pc);
    return exact.rules && exact.rules->signal_frame ? exact : usual;
}

/// False when the stack ends before this frame.
bool Unwinder::State::add(const Place& place, CodeKind kind, StackTrace& into) {
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
    return true;
}

/// Whether call frame information leads from a place to another one that a call may have left, or
/// to the outermost frame.
bool Unwinder::State::leads_on(const Registers& candidate) {
    const KnownRules& found = rules_at(candidate.pc - 1);
    if (!found.rules || found.rules->signal_frame) return false;
    const auto step = step_by_cfi(source, candidate, *found.rules, found.bias);
    if (!step) return false;
    const std::uint64_t pc = step->registers.pc;
    return step->outermost || (source.is_code(pc) && call_before(source, pc) != CallBefore::no);
}

bool Unwinder::State::scan(Place& place) {
    auto caller = scan_for_caller(source, place.registers, [this](const Registers& candidate) {
        return leads_on(candidate);
    });
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
    FrameTables* tables = source.tables(place.registers.pc);
    const ExidxFile* exidx = tables == nullptr ? nullptr : tables->exidx();
    if (exidx == nullptr || !source.is_code(place.registers.pc)) {
        return step_without_cfi(source, place.registers, place.kind,
                                [this](std::uint64_t address) { return has_cfi(address); });
    }
    auto caller = step_by_exidx(source, *exidx, place.registers, place.kind);
    if (!caller) return std::unexpected(std::move(caller.error()));
    return ChainStep{std::move(*caller), UnwoundBy::exidx};
}

/// Moves `place` to its caller; false at the outermost frame.
std::expected<bool, NoStep> Unwinder::State::step(Place& place, const KnownRules& known_rules) {
    if (place.kind == CodeKind::exact || returns_from_signal(place.registers.pc)) {
        if (auto went_on = step_over_signal(place)) return std::move(*went_on);
    }
    if (known_rules.rules) return step_by_rules(place, known_rules);
    auto step = step_without_rules(place);
    const bool goes_on = step || step.error().reason.empty() || step.error().unread;
    if (!goes_on && scan(place)) return true;
    if (!step) return std::unexpected(std::move(step.error()));
    place = {std::move(step->registers), CodeKind::after_call, step->way};
    return true;
}

std::expected<bool, NoStep> Unwinder::State::step_by_rules(Place& place,
                                                           const KnownRules& known_rules) {
    const auto& rules = *known_rules.rules;
    auto step = step_by_cfi(source, place.registers, rules, known_rules.bias);
    if (!step) return std::unexpected(std::move(step.error()));
    place = {std::move(step->registers),
             rules.signal_frame ? CodeKind::exact : CodeKind::after_call, UnwoundBy::cfi};
    return !step->outermost;
}

std::optional<std::uint64_t> Unwinder::State::unwind(Place place, StackTrace& into) {
    seen.clear();
    for (;;) {
        if (known.size() >= kMaxKnown) known.clear();
        if (trampolines.size() >= kMaxKnown) trampolines.clear();
        const KnownRules& rules = rules_of(place);
        const bool handler_returns =
            (rules.rules && rules.rules->signal_frame) || returns_from_signal(place.registers.pc);
        if (!add(place, handler_returns ? CodeKind::exact : place.kind, into)) return std::nullopt;
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

std::optional<std::uint64_t> Unwinder::unwind(const Registers& registers, StackTrace& into) {
    return state_->unwind({.registers = registers}, into);
}

}  // namespace symline::process
