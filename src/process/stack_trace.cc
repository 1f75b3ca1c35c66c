#include "symline/stack_trace.h"

#include <algorithm>
#include <map>

namespace symline {
namespace {

/// Stack pointers differ from thread to thread, and so do the addresses in `stopped`; where there
/// are no frames, that is all there is of a thread.
bool same_places(const StackTrace& a, const StackTrace& b) {
    return !a.cpu && !b.cpu && a.crashing == b.crashing && a.unstopped == b.unstopped &&
           (a.frames.empty() ? a.stopped == b.stopped : a.stopped.empty() == b.stopped.empty()) &&
           std::ranges::equal(a.frames, b.frames, [](const StackFrame& x, const StackFrame& y) {
               return x.pc == y.pc && x.unwound_by == y.unwound_by;
           });
}

std::uint64_t hash(const StackTrace& stack) {
    std::uint64_t value = stack.frames.size();
    for (const StackFrame& each : stack.frames) {
        value = value * 0x9e3779b97f4a7c15U + each.pc.address.value;
    }
    return value;
}

}  // namespace

std::string_view describe(UnwoundBy way) {
    switch (way) {
        case UnwoundBy::registers: return "registers";
        case UnwoundBy::cfi: return "cfi";
        case UnwoundBy::orc: return "orc";
        case UnwoundBy::frame_pointer: return "frame pointer";
        case UnwoundBy::return_address: return "return address";
        case UnwoundBy::scan: return "scan";
        case UnwoundBy::tail_call: return "tail call";
        case UnwoundBy::signal_frame: return "signal frame";
        case UnwoundBy::exidx: return "exidx";
        case UnwoundBy::stack_switch: return "stack switch";
        case UnwoundBy::prologue: return "prologue";
    }
    return "";
}

std::vector<std::vector<std::size_t>> fold_stacks(std::span<const StackTrace> stacks) {
    std::vector<std::vector<std::size_t>> groups;
    std::multimap<std::uint64_t, std::size_t> by_hash;
    for (std::size_t i = 0; i < stacks.size(); ++i) {
        const auto key = hash(stacks[i]);
        const auto [begin, end] = by_hash.equal_range(key);
        const auto known = std::find_if(begin, end, [&](const auto& each) {
            return same_places(stacks[groups[each.second].front()], stacks[i]);
        });
        if (known != end) {
            groups[known->second].push_back(i);
            continue;
        }
        by_hash.emplace(key, groups.size());
        groups.push_back({i});
    }
    std::ranges::stable_partition(
        groups, [&](const auto& group) { return stacks[group.front()].crashing; });
    return groups;
}

}  // namespace symline
