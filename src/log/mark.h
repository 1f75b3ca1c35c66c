// Words by which the quick look (Parser::may_match) knows that a rule may match a line.
//
// Each rule states its words as marks in its header and matches by the same array: a new form of
// line is one edit.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace symline::log {

struct Mark {
    std::string_view word;
    /// Where in the word two characters are that few lines hold: the quick look reads on only where
    /// these stand.
    std::size_t pair = 0;
    std::string_view also{};  ///< must follow in the line, within kMarkReach bytes
};
inline constexpr std::size_t kMarkReach = 256;

/// A word whose rarest characters are its colon and the letter in front.
consteval Mark mark_at_colon(std::string_view word) {
    return {word, word.rfind(':') - 1};
}

/// The marks of all rules.
std::span<const Mark> all_marks();

}  // namespace symline::log
