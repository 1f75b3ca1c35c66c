// Functions that a stack of the text lacks because they ended in a tail call.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "log/occurrence.h"
#include "symbolize/tail_calls.h"
#include "symline/decoded_line.h"

namespace symline::decode {

class TailFrames {
public:
    using Places = std::shared_ptr<const std::vector<std::shared_ptr<const DecodedPlace>>>;

    /// `looked_up`: see DecoderOptions; may be empty.
    explicit TailFrames(const std::function<void(const Module&)>& looked_up)
        : looked_up_(looked_up) {}

    /// The next frame has not called the one above.
    void end_stack() { above_ = {}; }
    /// Between the frame that comes next in the text and the one above it; null where there are
    /// none. What stands on a stack without being a part of it is passed over.
    Places between(const log::Occurrence& occurrence,
                   const std::shared_ptr<const DecodedPlace>& place,
                   std::optional<std::size_t> chosen);

private:
    struct Frame {
        std::shared_ptr<const DecodedPlace> place;
        std::size_t candidate = 0;
        std::uint64_t key() const { return place->id << 4 | candidate; }
        const DecodedCandidate& meant() const { return place->candidates[candidate]; }
    };
    struct Slot {
        std::uint64_t caller = 0, callee = 0;
        Places places;
    };
    static std::optional<Frame> frame_of(const std::shared_ptr<const DecodedPlace>& place,
                                         std::optional<std::size_t> chosen);
    Places find(const Frame& caller, const Frame& callee);
    std::shared_ptr<const DecodedPlace> place_of(const symbolize::TailCall& call,
                                                 const Frame& caller, const Frame& callee);

    const std::function<void(const Module&)>& looked_up_;
    symbolize::TailCalls calls_;
    std::optional<Frame> above_;
    std::vector<Slot> slots_;
    /// Apart from those of frames: see DecodedPlace::id.
    std::uint64_t last_id_ = std::uint64_t{1} << 48;
};

}  // namespace symline::decode
