// The places of a stack, to compare.
#pragma once

#include <cstdint>
#include <vector>

#include "symline/stack_trace.h"

namespace symline::test {

using Pcs = std::vector<std::uint64_t>;

inline Pcs pcs(const StackTrace& stack) {
    Pcs all;
    all.reserve(stack.frames.size());
    for (const auto& frame : stack.frames) all.push_back(frame.pc.address.value);
    return all;
}

}  // namespace symline::test
