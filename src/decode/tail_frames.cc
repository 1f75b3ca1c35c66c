#include "decode/tail_frames.h"

#include <utility>

namespace symline::decode {
namespace {

/// Stacks repeat their pairs of frames. A pair has its slot until another one takes it.
constexpr std::size_t kSlots = 4096;

bool is_looked_up_by_address(LookupRule rule) {
    return rule == LookupRule::before || rule == LookupRule::as_it_is;
}

FileAddress address_to_look_up(const DecodedCandidate& place) {
    const bool before = place.rule == LookupRule::before;
    return lookup_address(place.address, before ? CodeKind::after_call : CodeKind::exact);
}

/// Which of a function's jumps it was is not known: the line of none of them.
void leave_function_alone(std::vector<Frame>& frames) {
    if (frames.size() > 1) frames.erase(frames.begin(), frames.end() - 1);
    if (!frames.empty()) frames.front().location.line = frames.front().location.column = 0;
}

}  // namespace

/// Nothing where it is not certain which function the frame is in, or the file is another one.
std::optional<TailFrames::Frame> TailFrames::frame_of(
    const std::shared_ptr<const DecodedPlace>& place, std::optional<std::size_t> chosen) {
    if (place == nullptr || place->other_build || !place->mismatch.empty()) return std::nullopt;
    if (place->candidates.size() != 1 && !chosen) return std::nullopt;
    Frame frame{place, chosen.value_or(0)};
    if (!is_looked_up_by_address(frame.meant().rule) || frame.meant().frames.empty()) {
        return std::nullopt;
    }
    return frame;
}

TailFrames::Places TailFrames::between(const log::Occurrence& occurrence,
                                       const std::shared_ptr<const DecodedPlace>& place,
                                       std::optional<std::size_t> chosen) {
    if (occurrence.kind == log::Kind::unreliable) return nullptr;
    auto here = frame_of(place, chosen);
    const auto callee = std::exchange(above_, here);
    if (!here || !callee || here->meant().rule != LookupRule::before ||
        here->place->of_kernel != callee->place->of_kernel) {
        return nullptr;
    }
    if (slots_.empty()) slots_.resize(kSlots);
    Slot& slot = slots_[(here->key() * 31 + callee->key()) % kSlots];
    if (slot.caller != here->key() || slot.callee != callee->key()) {
        slot = {here->key(), callee->key(), find(*here, *callee)};
    }
    return slot.places;
}

TailFrames::Places TailFrames::find(const Frame& caller, const Frame& callee) {
    const auto& calls = calls_.between({caller.meant().module, caller.meant().address},
                                       {callee.meant().module, address_to_look_up(callee.meant())});
    if (calls.empty()) return nullptr;
    std::vector<std::shared_ptr<const DecodedPlace>> places;
    for (const symbolize::TailCall& each : calls) {
        auto made = place_of(each, caller, callee);
        if (made != nullptr) places.push_back(std::move(made));
    }
    if (places.empty()) return nullptr;
    return std::make_shared<const std::vector<std::shared_ptr<const DecodedPlace>>>(
        std::move(places));
}

/// Null where its debug information cannot be read.
std::shared_ptr<const DecodedPlace> TailFrames::place_of(const symbolize::TailCall& call,
                                                         const Frame& caller, const Frame& callee) {
    const Module& module = *call.function.module;
    const auto& beside = &module == caller.meant().module ? caller : callee;
    DecodedCandidate candidate;
    candidate.module = &module;
    candidate.found_by = beside.meant().found_by;
    candidate.start = call.function.address;
    candidate.address = call.site.value_or(call.function.address);
    if (call.site) candidate.rule = LookupRule::before;
    auto found = module.lookup(address_to_look_up(candidate));
    if (looked_up_) looked_up_(module);
    if (!found || found->frames.empty()) return nullptr;
    candidate.frames = std::move(found->frames);
    if (!call.site) leave_function_alone(candidate.frames);
    auto place = std::make_shared<DecodedPlace>();
    place->id = ++last_id_;
    place->of_kernel = beside.place->of_kernel;
    place->tail_call = true;
    place->candidates.push_back(std::move(candidate));
    return place;
}

}  // namespace symline::decode
