// The word that was probably meant, where one was mistyped.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace symline::tools {

/// The one of `known` that takes the fewest insertions, deletions and changes of a letter and swaps
/// of neighbours; empty where even that one shares too little with `word` to have been meant.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> known);

/// "; did you mean 'decode'?"; empty where nearest_word() is.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace symline::tools
