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

    /// Whether a text in front of a message is a prefix: it could be one by itself, or one like it
    /// was there the last time, too.
    bool accepts(std::string_view text);
    /// Whether it could be one if other lines begin like it: no JSON, and no markup that is closed
    /// somewhere.
    static bool may_be_prefix(std::string_view text);
    /// Whether the line begins with a text of the same shape, or with the text itself.
    static bool begins_alike(std::string_view text, std::string_view line);
    /// What stands in front of the message where loggers name who writes: "host kernel: ".
    static std::size_t writer_size(std::string_view line);
    /// Whether no prefix was learned.
    bool empty() const { return used_ == 0; }
    /// `prefix` stands in front of a message.
    void learn(std::string_view prefix);
    /// The size of the line's prefix when it has a shape that was learned, otherwise 0. Of the
    /// spaces after the prefix no more are counted than the learned one had.
    std::size_t match(std::string_view line) const;

private:
    /// Prefixes as they were met, the latest one first: each stands for its shape.
    std::array<std::string, kMaxShapes> shapes_;
    std::size_t used_ = 0;
    std::string doubtful_;  ///< the last text that could be something else
};

}  // namespace symline::log
