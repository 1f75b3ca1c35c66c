// What stands in front of a frame on its line, where the line's own prefix is not known by its
// shape: "X:", "host{", ">>'", "| ".
#pragma once

#include <cstddef>
#include <string_view>

#include "log/occurrence.h"

namespace symline::log {

struct FrameLine {
    std::string_view text;
    std::size_t margin = 0;  ///< the size that is known already
    Span frame;              ///< the first one of the line
    /// The lines above and below, empty where there is none.
    std::string_view above, below;
};

/// The size of what lines that are added below the frame begin with, its indentation included.
/// Punctuation is such a margin by itself, words are one where the line above or the one below
/// begins with them, too. Quotes, brackets and emphasis that are closed after the frame are around
/// it, and none. Where nothing is found, the size that is known.
std::size_t frame_margin(const FrameLine& line);

}  // namespace symline::log
