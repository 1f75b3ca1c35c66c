// What CLI11 makes of a command line, as the programs end: nothing thrown, nothing printed.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/ending.h"
#include "tools/nearest_word.h"

namespace symline::tools {

/// "; did you mean '--source'?" for the first word that is left and looks like an option.
inline std::string meant_option(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    for (const std::string& word : app.remaining()) {
        if (word.starts_with("--")) return did_you_mean(word.substr(0, word.find('=')), known);
    }
    return {};
}

/// A word that is missing is the smaller fault where an option is unknown: it may be the one that
/// should have brought the word.
inline std::string what_is_wrong(const CLI::App& app, const CLI::ParseError& failure) {
    const auto words = app.remaining();
    const auto unknown = std::ranges::find_if(
        words, [](const std::string& word) { return word.size() > 1 && word.starts_with('-'); });
    if (failure.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError) &&
        unknown != words.end())
        return "there is no option '" + *unknown + "'" + meant_option(app);
    return failure.what() + meant_option(app);
}

/// What is wrong with an option that takes a path and was given an empty one, which the rest of the
/// program takes for one that was not given.
inline std::optional<Ending> empty_path(const CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
        const std::string kind = option->get_type_name();
        if (option->get_positional() || (kind != "FILE" && kind != "DIR")) continue;
        if (std::ranges::count(option->results(), std::string()) > 0) {
            return Ending{{}, "'': No such file or directory", 1};
        }
    }
    return std::nullopt;
}

/// Reads the words into what the options of `app` are bound to. An ending for --help, --version and
/// for words that are wrong.
inline std::optional<Ending> parse_words(CLI::App& app, std::vector<std::string> words) {
    // CLI11 takes words from the back.
    std::ranges::reverse(words);
    try {
        app.parse(std::move(words));
    } catch (const CLI::ParseError& failure) {
        std::ostringstream out;
        std::ostringstream error;
        if (app.exit(failure, out, error) == 0) {
            // Versions of CLI11 differ in how many line ends they put after a help text.
            std::string text = out.str();
            text.erase(text.find_last_not_of('\n') + 1);
            return Ending{text + '\n', {}, 0};
        }
        return Ending{{}, what_is_wrong(app, failure), 1};
    }
    return empty_path(app);
}

}  // namespace symline::tools
