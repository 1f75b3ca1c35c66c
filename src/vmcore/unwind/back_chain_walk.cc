#include "vmcore/unwind/back_chain_walk.h"

namespace symline::vmcore {

std::optional<std::uint64_t> BackChainWalk::back_chain() const {
    return memory_.word(stack_pointer_ + kernel_.frame.back_chain);
}

std::optional<std::uint64_t> BackChainWalk::return_address(std::uint64_t frame) const {
    return memory_.word(frame + kernel_.frame.return_address);
}

void BackChainWalk::stopped_at(const Stopped& place, UnwoundBy way) {
    stack_pointer_ = place.sp;
    add(place.ip, CodeKind::exact, place.sp, way, place.user);
    if (!going_on()) return;
    if (place.user) return stop();
    const auto frame = kernel_.call_frame ? kernel_.call_frame(place.ip) : std::nullopt;
    if (!frame || !add_caller(*frame, place)) add_caller_in_link_register(place);
}

void BackChainWalk::called_from(std::uint64_t frame, UnwoundBy way) {
    const auto place = return_address(frame);
    if (!place) return stop(kNotInDump);
    if (!is_code(*place)) return stop(kNoCode);
    stack_pointer_ = frame;
    add(*place, CodeKind::after_call, frame, way);
}

std::optional<std::uint64_t> BackChainWalk::value(const Stopped& place,
                                                  std::uint64_t number) const {
    if (number == kernel_.frame.link_register) return place.link;
    if (number < place.general.size()) return place.general[number];
    return std::nullopt;
}

/// By what the debug information says of the instruction. False where that is of no use.
bool BackChainWalk::add_caller(const dwarf::CallFrame& frame, const Stopped& place) {
    const auto base = value(place, frame.cfa_register);
    if (!base) return false;
    const std::uint64_t cfa = *base + static_cast<std::uint64_t>(frame.cfa_offset);
    const auto caller = frame.return_offset
                            ? memory_.word(cfa + static_cast<std::uint64_t>(*frame.return_offset))
                            : value(place, frame.return_register);
    if (!caller || !is_code(*caller)) return false;
    stack_pointer_ = cfa - kernel_.frame.cfa;
    add(*caller, CodeKind::after_call, stack_pointer_, UnwoundBy::cfi);
    return true;
}

/// What stands where a function would have saved where it returns to, if it has a frame of its own
/// and saved nothing: what an earlier call from its caller did, or a variable (packed frames
/// overlap). If it has no frame, that is where its caller returns to.
bool BackChainWalk::is_left_over(std::uint64_t saved, const Stopped& place) const {
    if (!is_code(saved)) return is_code(place.ip);
    return kernel_.code.return_to_same(saved, place.link) ||
           kernel_.code.return_to_same(saved, place.ip + 1);
}

/// Without such information (assembler, modules, firmware): a function that calls nothing, or has
/// not come to it, may have no frame of its own, or may not have saved where it returns to. The
/// link register leads there; after any call of its own it leads into the function itself, and
/// before the first one it may be what was saved.
void BackChainWalk::add_caller_in_link_register(const Stopped& place) {
    const auto left = return_address(stack_pointer_);
    if (left && is_code(*left) && has_left_frame(place.ip)) {
        return add(*left, CodeKind::after_call, stack_pointer_, UnwoundBy::return_address);
    }
    const bool elsewhere = is_code(place.ip) ? kernel_.code.returns_elsewhere(place.ip, place.link)
                                             : is_code(place.link);
    if (!elsewhere) return;
    const auto back = back_chain();
    const auto saved = back && *back != 0 ? return_address(*back) : std::nullopt;
    if (saved == place.link) return;
    if (saved && is_left_over(*saved, place)) stack_pointer_ = *back;
    add(place.link, CodeKind::after_call, stack_pointer_, UnwoundBy::return_address);
}

}  // namespace symline::vmcore
