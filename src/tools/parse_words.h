// What CLI11 makes of a command line, as the programs end: nothing thrown, nothing printed.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/ending.h"
#include "tools/option_words.h"

namespace symline::tools {

/// What is wrong with the options among `words`; empty where nothing is.
inline std::string option_fault(const CLI::App& app, std::span<const std::string> words) {
    const auto names = long_options(app);
    const std::vector<std::string_view> known(names.begin(), names.end());
    return describe(read_option_words(app, words), known);
}

/// Reads the words into what the options of `app` are bound to. An ending for --help, --version and
/// for words that are wrong.
inline std::optional<Ending> parse_words(CLI::App& app, const std::vector<std::string>& words) {
    // CLI11 takes words from the back.
    std::vector<std::string> reversed(words.rbegin(), words.rend());
    std::string problem;
    try {
        app.parse(std::move(reversed));
    } catch (const CLI::ParseError& failure) {
        std::ostringstream out;
        std::ostringstream error;
        if (app.exit(failure, out, error) == 0) {
            // Versions of CLI11 differ in how many line ends they put after a help text.
            std::string text = out.str();
            text.erase(text.find_last_not_of('\n') + 1);
            return Ending{text + '\n', {}, 0};
        }
        problem = failure.what();
    }
    // What CLI11 complains of may be the consequence of that.
    if (auto fault = option_fault(app, words); !fault.empty()) problem = std::move(fault);
    if (problem.empty()) return std::nullopt;
    return Ending{{}, std::move(problem), 1};
}

}  // namespace symline::tools
