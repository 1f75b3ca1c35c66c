#include "vmcore/unwind/frame_walk.h"

#include <algorithm>
#include <iterator>

namespace symline::vmcore {

KernelCode::KernelCode(std::vector<CodeRange> ranges, FunctionStart function_start)
    : ranges_(std::move(ranges)), function_start_(std::move(function_start)) {
    std::ranges::sort(ranges_, {}, &CodeRange::begin);
}

bool KernelCode::holds(std::uint64_t address) const {
    const auto range = std::ranges::upper_bound(ranges_, address, {}, &CodeRange::begin);
    return range != ranges_.begin() && std::prev(range)->holds(address);
}

bool KernelCode::returns_elsewhere(std::uint64_t address, std::uint64_t return_address) const {
    if (!holds(return_address) || !function_start_) return false;
    const auto here = function_start_(address);
    const auto there = function_start_(return_address - 1);
    return here && there && *here != *there;
}

bool KernelCode::return_to_same(std::uint64_t one, std::uint64_t other) const {
    if (!holds(one) || !holds(other) || !function_start_) return false;
    const auto start = function_start_(one - 1);
    return start && start == function_start_(other - 1);
}

void FrameWalk::stop(std::string reason) {
    stack_.stopped = std::move(reason);
    going_on_ = false;
}

void FrameWalk::add(std::uint64_t pc, CodeKind kind, std::uint64_t sp, UnwoundBy way, bool user) {
    if (stack_.frames.size() >= max_frames_) {
        return stop("more than " + std::to_string(max_frames_) + " frames");
    }
    stack_.frames.push_back({{{pc}, kind}, sp, way, user});
}

bool FrameWalk::is_first_at(std::uint64_t frame_pointer) {
    if (seen_.insert(frame_pointer).second) return true;
    stop("the stack leads in a circle");
    return false;
}

}  // namespace symline::vmcore
