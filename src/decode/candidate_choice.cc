#include "decode/candidate_choice.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "decode/logged_source.h"
#include "symbolize/calls.h"

namespace symline::decode {
namespace {

/// What speaks for a candidate, in points. A call that leads from frame to frame says more than
/// that some call ends there.
constexpr int kCallEndsThere = 1;
constexpr int kCallLeadsThere = 4;
constexpr int kInFileOfWarning = 1;
constexpr int kAtLineOfWarning = 2;

/// The only element with the highest value above 0; nothing when two share it.
std::optional<std::size_t> single_best(const std::vector<int>& scores) {
    const auto best = std::ranges::max_element(scores);
    if (best == scores.end() || *best <= 0 || std::ranges::count(scores, *best) != 1) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(best - scores.begin());
}

bool calls(const kernel::KernelPlace& caller, const kernel::KernelPlace& callee) {
    const auto target = symbolize::call_target(caller.file->module, caller.address);
    if (!target) return false;
    if (target->address) return caller.file == callee.file && target->address == callee.start;
    if (caller.file == callee.file || target->symbol.empty()) return false;
    const auto named = callee.file->symbols().named(target->symbol);
    return std::ranges::any_of(
        named, [&](const Symbol* symbol) { return symbol->address == callee.start; });
}

std::optional<std::size_t> by_address(const DecodedPlace& place, FileAddress address) {
    const auto& all = place.candidates;
    const auto found = std::ranges::find(all, address, &DecodedCandidate::address);
    if (found == all.end()) return std::nullopt;
    return static_cast<std::size_t>(found - all.begin());
}

}  // namespace

void CandidateChoice::take(const log::Facts& facts) {
    if (facts.begins_report) {
        went_by(nullptr);
        warning_file_.clear();
    }
    if (facts.warning_file.empty()) return;
    warning_file_ = facts.warning_file;
    warning_line_ = facts.warning_line;
}

void CandidateChoice::let_go() {
    const auto places = previous_places();
    Entry kept;
    kept.places.assign(places.begin(), places.end());
    kept_ = std::move(kept);
    went_by(&kept_);
}

/// The functions that the frame above may be in.
std::span<const kernel::KernelPlace> CandidateChoice::previous_places() const {
    if (previous_.entry == nullptr) return {};
    const std::span places(previous_.entry->places);
    return previous_.chosen ? places.subspan(*previous_.chosen, 1) : places;
}

std::optional<std::size_t> CandidateChoice::choose(const Entry& entry,
                                                   const log::Occurrence& occurrence,
                                                   std::optional<LoadBias> slide,
                                                   const Next& next) const {
    if (slide && occurrence.address) {
        const auto chosen = by_address(*entry.answer, RuntimeAddress{*occurrence.address} - *slide);
        if (chosen) return chosen;
    }
    if (const auto chosen = candidate_at(*entry.answer, occurrence.source)) return chosen;
    const auto chosen = by_warning(*entry.answer);
    return chosen ? chosen : by_calls(entry, next);
}

/// A warning names the line that it stands in, which is one of the candidate's.
std::optional<std::size_t> CandidateChoice::by_warning(const DecodedPlace& place) const {
    if (warning_file_.empty()) return std::nullopt;
    std::vector<int> scores;
    for (const DecodedCandidate& candidate : place.candidates) {
        int score = 0;
        for (const Frame& frame : candidate.frames) {
            if (!ends_with_path(frame.location.file, warning_file_)) continue;
            const bool at_line = frame.location.line == warning_line_;
            score = std::max(score, at_line ? kAtLineOfWarning : kInFileOfWarning);
        }
        scores.push_back(score);
    }
    return single_best(scores);
}

/// The frame above is what the right candidate calls, the frame below calls it, and after a call
/// is where it stands.
std::optional<std::size_t> CandidateChoice::by_calls(const Entry& entry, const Next& next) const {
    const Entry* below = next();
    std::vector<int> scores;
    for (const kernel::KernelPlace& place : entry.places) {
        const auto call = place.file->call_ends_at(place.address);
        int score = call == symbolize::CallAt::yes ? kCallEndsThere : 0;
        const auto is_called = [&](const kernel::KernelPlace& each) { return calls(place, each); };
        const auto is_caller = [&](const kernel::KernelPlace& each) { return calls(each, place); };
        if (std::ranges::any_of(previous_places(), is_called)) score += kCallLeadsThere;
        if (below != nullptr && std::ranges::any_of(below->places, is_caller)) {
            score += kCallLeadsThere;
        }
        scores.push_back(score);
    }
    return single_best(scores);
}

}  // namespace symline::decode
