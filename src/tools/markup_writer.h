// What --filter-markup prints: the text of the log as it is, and in place of its elements our own,
// in LLVM's colours. The colours that the log sets itself are kept; where none are wanted they are
// left out.
#pragma once

#include <optional>
#include <string_view>

#include "tools/standard_output.h"

namespace symline::tools {

class MarkupWriter {
public:
    /// `output` is borrowed.
    MarkupWriter(StandardOutput& output, bool coloured) : output_(output), coloured_(coloured) {}

    /// Of the log.
    void text(std::string_view text) { output_.buffer() += text; }
    /// Begins an element, whose text and values follow.
    void begin();
    void value(std::string_view text);
    void end();
    /// "\033[1m" and the like, which the log has: false for another text.
    bool take_colour(std::string_view sequence);
    /// The next line begins without the colours of the last.
    void reset();

private:
    static constexpr int kBlue = 4, kCyan = 6, kGreen = 2;

    void change(int colour);
    void write(std::string_view sequence);

    StandardOutput& output_;
    bool coloured_;
    std::optional<int> colour_;  ///< 0 to 7, that of the log
    bool bold_ = false;
};

/// How long the sequence is that take_colour() knows at the begin of a text; 0: there is none.
std::size_t colour_sequence(std::string_view text);

}  // namespace symline::tools
