// Stacks the frames of one address, innermost first: the call site of each inlined subroutine is
// where the frame that it was inlined into stands.
#pragma once

#include <cstddef>
#include <vector>

#include "symline/frame.h"

namespace symline::base {

class FrameStack {
public:
    /// Appends to `frames`, which must outlive it. `row`: where the address itself is, which is the
    /// place of the innermost frame. `count`: how many frames will be pushed.
    FrameStack(std::vector<Frame>& frames, std::size_t count, const SourceLocation& row)
        : frames_(&frames), place_(row) {
        frames.reserve(frames.size() + count);
    }

    /// The next frame outwards, in its place: an empty one, or a copy of `frame`.
    Frame& push() {
        Frame& pushed = frames_->emplace_back();
        pushed.location = place_;
        return pushed;
    }
    Frame& push(const Frame& frame) {
        Frame& pushed = frames_->emplace_back(frame);
        pushed.location = place_;
        return pushed;
    }
    /// Where the frame that was pushed last is called: the place of the next one.
    void called_from(const SourceLocation& site) { place_ = site; }

private:
    std::vector<Frame>* frames_;
    SourceLocation place_;
};

}  // namespace symline::base
