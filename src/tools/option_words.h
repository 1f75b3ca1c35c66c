// The options among the words of a command line that CLI11 reads, and what is wrong with them.
// CLI11 takes the next word for the value that is missing after "--dwp=", and words each fault in a
// way of its own.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace symline::tools {

enum class OptionFault {
    none,
    unknown,     ///< no such option
    no_value,    ///< an empty one, or no word that could be one
    takes_none,  ///< an empty value of an option that has none
};

struct OptionWords {
    OptionFault fault = OptionFault::none;
    std::string at_fault;                ///< the option, as it was written
    std::optional<std::string> operand;  ///< the first word that belongs to no option
};

/// The words up to the first fault. Of joined letters ("-Rk") each is an option.
OptionWords read_option_words(const CLI::App& app, std::span<const std::string> words);

/// "--source", of all options that have a long name.
std::vector<std::string> long_options(const CLI::App& app);

/// The fault in one line; empty where there is none.
std::string describe(const OptionWords& words, std::span<const std::string_view> known);

/// As getopt_long() has it, and the nearest of `known` after it. `word` is all of the word.
std::string unknown_option(std::string_view word, std::span<const std::string_view> known);
std::string missing_value(std::string_view option);
/// As getopt_long() has it.
std::string unwanted_value(std::string_view option);

}  // namespace symline::tools
