// What stacks that are unwound by frame pointers have in common, whatever the machine.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "symline/stack_trace.h"

namespace symline::vmcore {

struct CodeRange {
    std::uint64_t begin = 0, end = 0;
    bool holds(std::uint64_t address) const { return address >= begin && address < end; }
};

/// The code of a kernel and its modules.
class KernelCode {
public:
    /// Where the function at an address begins; nothing where that is not known.
    using FunctionStart = std::function<std::optional<std::uint64_t>(std::uint64_t)>;

    KernelCode() = default;
    KernelCode(std::vector<CodeRange> ranges, FunctionStart function_start);

    bool holds(std::uint64_t address) const;
    /// A return address leads into another function than the one at `address`.
    bool returns_elsewhere(std::uint64_t address, std::uint64_t return_address) const;
    /// Both return addresses lead into one function.
    bool return_to_same(std::uint64_t one, std::uint64_t other) const;

private:
    std::vector<CodeRange> ranges_;  ///< by address
    FunctionStart function_start_;
};

/// One stack in the making.
class FrameWalk {
public:
    explicit FrameWalk(std::size_t max_frames) : max_frames_(max_frames) {}

protected:
    bool going_on() const { return going_on_; }
    void stop(std::string reason = {});
    void add(std::uint64_t pc, CodeKind kind, std::uint64_t sp, UnwoundBy way, bool user = false);
    /// False, and the walk stops, where it was before.
    bool is_first_at(std::uint64_t frame_pointer);
    const StackTrace& stack() const { return stack_; }
    StackTrace take() { return std::move(stack_); }

private:
    std::size_t max_frames_;
    bool going_on_ = true;
    StackTrace stack_;
    std::set<std::uint64_t> seen_;  ///< frame pointers
};

}  // namespace symline::vmcore
