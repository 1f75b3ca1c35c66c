#include "decode/frame_lookup.h"

#include <algorithm>
#include <utility>

#include "decode/signal_frames.h"
#include "elf/constants.h"
#include "kernel/function_entry.h"
#include "symbolize/calls.h"

namespace symline::decode {
namespace {

/// A name that more functions have is not worth all of them.
constexpr std::size_t kMaxCandidates = 16;

bool same_frames(const std::vector<Frame>& a, const std::vector<Frame>& b) {
    return std::ranges::equal(a, b, [](const Frame& x, const Frame& y) {
        return x.name == y.name && x.location.file == y.location.file &&
               x.location.line == y.location.line;
    });
}

/// Names without an offset say no more than where the function is.
bool is_definition(const log::Occurrence& occurrence, const kernel::KernelPlace& place) {
    if (occurrence.symbol.empty()) return false;
    if (occurrence.kind == log::Kind::definition) return true;
    return !is_user(occurrence) && !occurrence.offset && place.address == place.start;
}

/// bpftrace's "main+42" does not say whether it is the kernel's or a program's. The kernel's
/// callers stand after a call, but for those that an interrupt stopped.
bool may_be_user(const log::Occurrence& occurrence,
                 const std::vector<kernel::KernelPlace>& places) {
    if (occurrence.kind != log::Kind::call || occurrence.offset.value_or(0) == 0 ||
        occurrence.size || occurrence.address || !occurrence.module.empty() ||
        is_user(occurrence)) {
        return false;
    }
    return !places.empty() && std::ranges::all_of(places, [](const kernel::KernelPlace& each) {
        return each.file->call_ends_at(each.address) == symbolize::CallAt::no;
    });
}

kernel::KernelQuestion question_of(const log::Occurrence& occurrence) {
    using log::Format;
    kernel::KernelQuestion question;
    question.symbol = occurrence.symbol;
    question.offset = occurrence.offset.value_or(0);
    question.size = occurrence.size;
    question.module = occurrence.module == "kernel" ? std::string_view{} : occurrence.module;
    question.build_id = occurrence.build_id;
    question.any_module = occurrence.format != Format::oops &&
                          occurrence.format != Format::proc_stack &&
                          !occurrence.symbol.starts_with("bpf_");
    return question;
}

/// Where the function is declared, as a frame of its own.
Expected<Lookup> definition(const kernel::KernelPlace& place) {
    auto [lookup, at_start] = kernel::look_up(
        place.file->module, {place.start, place.size, place.start}, Detail::declarations);
    if (!lookup || lookup->frames.empty()) return std::move(lookup);
    Frame frame = lookup->frames.back();
    if (!frame.declaration.file.empty()) frame.location = frame.declaration;
    frame.inlined = false;
    lookup->frames.assign(1, frame);
    return std::move(lookup);
}

/// The offset is the function's size.
bool is_at_end(const log::Occurrence& occurrence, const kernel::KernelPlace& place) {
    const std::uint64_t size = occurrence.size.value_or(place.size);
    return occurrence.offset && size != 0 && *occurrence.offset == size;
}

/// Whether the form of the frame shows that the file's code is not what ran.
bool is_of_other_machine(const log::Occurrence& occurrence, const kernel::KernelPlace& place) {
    return occurrence.machine == log::CodeMachine::arm &&
           place.file->module.elf().machine() != elf::kArm;
}

CodeKind code_kind(LookupRule rule) {
    return rule == LookupRule::before ? CodeKind::after_call : CodeKind::exact;
}

/// Where a function ends, the place is named by the next one's symbol.
kernel::SymbolPlace symbol_place(const kernel::KernelPlace& place, LookupRule rule) {
    const auto address = lookup_address(place.address, code_kind(rule));
    if (rule != LookupRule::start_of_next) return {place.start, place.size, address};
    const Symbol* next = place.file->symbols().starting_at(address);
    return {address, next == nullptr ? 0 : next->size, address};
}

void set_answer(DecodedCandidate& candidate, Expected<Lookup> lookup) {
    if (lookup) {
        candidate.frames = std::move(lookup->frames);
        candidate.miss = std::move(lookup->miss);
    } else {
        candidate.miss = Miss(Miss::no_debug_info, "the debug information is damaged");
        candidate.error = std::move(lookup.error());
    }
}

std::string symbol_starting_at(const kernel::KernelPlace& place, const std::vector<Frame>& frames) {
    const Symbol* symbol = place.file->symbols().starting_at(place.address);
    return std::string(symbol != nullptr ? symbol->name : frames.back().name);
}

}  // namespace

kernel::KernelPlaces FrameLookup::places(const log::Occurrence& occurrence) {
    if (!is_user(occurrence)) return kernel_places(occurrence);
    auto found = user_files_.places(occurrence);
    kernel::LoadedKernel& kernel = kernels_.current();
    const auto refused = [&](const kernel::KernelPlace& place) {
        return kernel.refused(*place.file);
    };
    if (std::ranges::any_of(found.places, refused)) return {{}, "the file is of another build"};
    return found;
}

void FrameLookup::count_size(const log::Occurrence& occurrence) {
    if (is_user(occurrence) || occurrence.symbol.empty() || !occurrence.size) return;
    const auto question = question_of(occurrence);
    kernel::KernelFile* file = kernels_.current().file_of(question);
    if (file != nullptr && !file->judged()) kernels_.current().places(question);
}

kernel::KernelPlaces FrameLookup::kernel_places(const log::Occurrence& occurrence) {
    kernel::LoadedKernel& kernel = kernels_.current();
    if (occurrence.symbol.empty()) {
        if (!occurrence.address) return {{}, "no symbol"};
        kernels_.use_running();
        return kernel.places(RuntimeAddress{*occurrence.address});
    }
    return place_at(occurrence, kernel.places(question_of(occurrence)));
}

/// A text that gives the address besides the symbol says which of several symbols is meant, and
/// where the kernel was loaded.
kernel::KernelPlaces FrameLookup::place_at(const log::Occurrence& occurrence,
                                           kernel::KernelPlaces named) {
    if (!occurrence.address || named.places.empty()) return named;
    kernel::LoadedKernel& kernel = kernels_.current();
    const RuntimeAddress address{*occurrence.address};
    if (!kernel.slide() && named.places.size() == 1) {
        kernel.learn(
            address, named.places[0],
            occurrence.offset ? kernel::PlacePrecision::address : kernel::PlacePrecision::symbol);
    }
    if (!kernel.slide()) return named;
    const FileAddress in_file = address - *kernel.slide();
    for (kernel::KernelPlace place : named.places) {
        const bool exact = occurrence.offset ? place.address == in_file
                                             : in_file.value - place.start.value <= place.size;
        if (!exact || place.file != kernel.vmlinux()) continue;
        place.address = in_file;
        return {{place}, {}};
    }
    return named;
}

/// By what the text says; the code only tells one function's end from the next one's start.
LookupRule FrameLookup::rule_of_text(const log::Occurrence& occurrence,
                                     const kernel::KernelPlace& place) const {
    const bool before = occurrence.kind != log::Kind::exact && occurrence.offset != 0 &&
                        place.address.value != 0 && !options_.exact;
    if (is_at_end(occurrence, place)) {
        // A call that does not return may be a function's last instruction; other pointers to
        // here are to what follows.
        const auto call = place.file->call_ends_at(place.address);
        const bool stale =
            call == symbolize::CallAt::unknown && occurrence.kind == log::Kind::unreliable;
        if (!before || call == symbolize::CallAt::no || stale) return LookupRule::start_of_next;
    }
    return before ? LookupRule::before : LookupRule::as_it_is;
}

/// What an unwinder has followed is a return address, whatever is known of when a call was patched;
/// other values after a call that has been replaced are where an interrupt came.
symbolize::CallAt FrameLookup::call_at(const log::Occurrence& occurrence,
                                       const kernel::KernelPlace& place) const {
    const bool replaced = occurrence.kind == log::Kind::unreliable && !is_user(occurrence) &&
                          kernels_.has_native_instructions() &&
                          place.file->is_native_at(place.address);
    return replaced ? symbolize::CallAt::no : place.file->call_ends_at(place.address);
}

FrameLookup::Ruling FrameLookup::ruling(const log::Occurrence& occurrence,
                                        const kernel::KernelPlace& place) const {
    if (is_definition(occurrence, place)) return {LookupRule::definition, false};
    const LookupRule said = rule_of_text(occurrence, place);
    if (options_.exact || options_.text_decides || said == LookupRule::start_of_next)
        return {said, false};
    if (occurrence.interrupted) return {LookupRule::as_it_is, said != LookupRule::as_it_is};
    // An instruction that faults or is interrupted may stand after a call, too; that of a warning
    // is the one that traps.
    const bool exact = occurrence.kind == log::Kind::exact;
    const bool is_certain =
        exact && (!occurrence.of_warning || symbolize::traps_at(place.file->module, place.address));
    if (is_certain || is_of_other_machine(occurrence, place)) return {said, false};
    const auto call = call_at(occurrence, place);
    if (call == symbolize::CallAt::unknown) return {said, false};
    if (occurrence.offset == 0) {
        // The call before the function does not return. What an unreliable frame names is rather
        // a pointer to the function.
        const bool before = call == symbolize::CallAt::yes && occurrence.kind == log::Kind::call;
        return {before ? LookupRule::before : LookupRule::as_it_is, false};
    }
    const LookupRule found =
        call == symbolize::CallAt::yes ? LookupRule::before : LookupRule::as_it_is;
    return {found, found != said};
}

DecodedCandidate FrameLookup::candidate(const log::Occurrence& occurrence,
                                        const kernel::KernelPlace& place) const {
    const Module& module = place.file->module;
    DecodedCandidate candidate;
    candidate.module = &module;
    candidate.found_by = place.file->found_by;
    candidate.start = place.start;
    candidate.address = place.address;
    const Ruling decided = ruling(occurrence, place);
    candidate.rule = decided.rule;
    candidate.against_text = decided.against_text;
    if (candidate.rule == LookupRule::definition) {
        set_answer(candidate, definition(place));
    } else {
        auto found = kernel::look_up(module, symbol_place(place, candidate.rule));
        candidate.at_start = found.at_start;
        set_answer(candidate, std::move(found.lookup));
        if (options_.looked_up) options_.looked_up(module);
    }
    if (!candidate.frames.empty() && candidate.rule == LookupRule::start_of_next) {
        candidate.next_symbol = symbol_starting_at(place, candidate.frames);
    }
    return candidate;
}

Entry FrameLookup::look_up(const log::Occurrence& occurrence) {
    auto found = places(occurrence);
    auto answer = std::make_shared<DecodedPlace>();
    answer->id = ++last_id_;
    answer->miss = std::move(found.miss);
    answer->kernel_miss = std::move(found.reason);
    answer->mismatch = std::move(found.mismatch);
    answer->of_kernel = !is_user(occurrence);
    Entry entry;
    for (const kernel::KernelPlace& place : found.places) {
        if (answer->candidates.size() == kMaxCandidates) break;
        auto made = candidate(occurrence, place);
        const auto same = [&](const DecodedCandidate& each) {
            return same_frames(each.frames, made.frames);
        };
        if (std::ranges::any_of(answer->candidates, same)) continue;
        answer->candidates.push_back(std::move(made));
        entry.places.push_back(place);
    }
    entry.answer = std::move(answer);
    entry.returns_from_signal =
        is_user(occurrence) && !options_.text_decides &&
        (names_signal_return(occurrence) || std::ranges::any_of(entry.places, is_signal_return));
    if (may_be_user(occurrence, entry.places)) {
        auto none = std::make_shared<DecodedPlace>();
        none->id = ++last_id_;
        none->miss = "no call ends there in the kernel";
        entry.as_user = std::move(none);
    }
    return entry;
}

}  // namespace symline::decode
