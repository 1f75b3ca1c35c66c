// Stacks the frames of one address, innermost first: the call site of each inlined subroutine is
// where the frame that it was inlined into stands.
#pragma once

#include <cstddef>
#include <vector>

#include "symline/frame.h"

namespace symline::base {

class FrameStack {
public:
    /// Appends to `frames`, which must outlive it. `count`: how many frames it will be.
    FrameStack(std::vector<Frame>& frames, std::size_t count) : frames_(&frames) {
        frames.reserve(frames.size() + count);
    }

    /// Begins the next frame outwards. The result is the place where it stands, for the caller to
    /// fill in: the row of the address, then where the frame before is called.
    SourceLocation& begin() { return frames_->emplace_back().location; }
    /// The frame that was begun last, an empty one,
    Frame& frame() { return frames_->back(); }
    /// or a copy of `frame` at its place.
    void copy(const Frame& frame) {
        const SourceLocation place = frames_->back().location;
        frames_->back() = frame;
        frames_->back().location = place;
    }

private:
    std::vector<Frame>* frames_;
};

}  // namespace symline::base
