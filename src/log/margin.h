// What stands in front of every message of a log, learned from lines whose message is certain.
//
// Loggers, consoles and collectors print more prefixes than any list holds. Those of one text have
// a shape in common, though: so many fields, with the same punctuation, where numbers, names and
// what stands in brackets differ. A line whose message is recognised by its words gives the
// shape (see message_front.h), and the frames around it, which could be any text, are read after a
// prefix of that shape.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace symline::log {

class Margin {
public:
    /// Longer ones are no prefix, and a line must not be compared with more.
    static constexpr std::size_t kMaxSize = 192;
    /// A collector may mix the logs of several programs.
    static constexpr std::size_t kMaxShapes = 4;

    /// Whether a text in front of a message is a prefix: it could be one by itself, or it was there
    /// the last time, too.
    bool accepts(std::string_view text);
    /// `prefix` stands in front of a message.
    void learn(std::string_view prefix);
    /// The size of the line's prefix when it has a shape that was learned, otherwise 0. Of the
    /// spaces after the prefix no more are counted than the learned one had.
    std::size_t match(std::string_view line) const;

private:
    /// Prefixes as they were met, the latest one first: each stands for its shape.
    std::array<std::string, kMaxShapes> shapes_;
    std::size_t used_ = 0;
    std::string words_;  ///< the last text that could be prose
};

}  // namespace symline::log
