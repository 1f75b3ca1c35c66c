#include "tools/option_words.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>

#include "tools/nearest_word.h"

namespace symline::tools {
namespace {

class Reader {
public:
    Reader(const CLI::App& app, std::span<const std::string> words) : app_(app), words_(words) {}

    OptionWords read() {
        bool options_end = false;
        while (at_ < words_.size() && found_.fault == OptionFault::none) {
            const std::string& word = words_[at_++];
            if (options_end || word.size() < 2 || word[0] != '-') {
                if (!found_.operand) found_.operand = word;
            } else if (word == "--") {
                options_end = true;
            } else if (word[1] == '-') {
                take_long(word);
            } else {
                take_letters(word);
            }
        }
        return std::move(found_);
    }

private:
    void fail(OptionFault fault, std::string at_fault) {
        found_.fault = fault;
        found_.at_fault = std::move(at_fault);
    }

    static bool takes_value(const CLI::Option& option) {
        return option.get_items_expected_max() > 0;
    }

    /// A flag like "--source{5}", which may also be "--source=3".
    static bool may_have_value(const CLI::Option& option) { return !option.get_fnames().empty(); }

    /// The value is the next word, whatever it begins with.
    void take_next(std::string option) {
        if (at_ >= words_.size() || words_[at_].empty()) {
            return fail(OptionFault::no_value, std::move(option));
        }
        ++at_;
    }

    void take_long(const std::string& word) {
        const auto equals = word.find('=');
        const CLI::Option* option = app_.get_option_no_throw(word.substr(0, equals));
        if (option == nullptr) return fail(OptionFault::unknown, word);
        if (equals == std::string::npos) {
            if (takes_value(*option)) take_next(word);
        } else if (equals + 1 == word.size()) {
            const bool takes_none = !takes_value(*option) && !may_have_value(*option);
            fail(takes_none ? OptionFault::takes_none : OptionFault::no_value, word);
        }
    }

    /// "-kFILE", or several options without a value.
    void take_letters(const std::string& word) {
        for (std::size_t i = 1; i < word.size(); ++i) {
            const std::string name{'-', word[i]};
            const CLI::Option* option = app_.get_option_no_throw(name);
            if (option == nullptr) return fail(OptionFault::unknown, name);
            if (!takes_value(*option)) continue;
            if (i + 1 == word.size()) take_next(name);
            return;
        }
    }

    const CLI::App& app_;
    std::span<const std::string> words_;
    std::size_t at_ = 0;
    OptionWords found_;
};

}  // namespace

OptionWords read_option_words(const CLI::App& app, std::span<const std::string> words) {
    return Reader(app, words).read();
}

std::vector<std::string> long_options(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
    return names;
}

std::string describe(const OptionWords& words, std::span<const std::string_view> known) {
    switch (words.fault) {
        case OptionFault::none: break;
        case OptionFault::unknown: return unknown_option(words.at_fault, known);
        case OptionFault::no_value: return missing_value(words.at_fault);
        case OptionFault::takes_none:
            return unwanted_value(words.at_fault.substr(0, words.at_fault.find('=')));
    }
    return {};
}

std::string unknown_option(std::string_view word, std::span<const std::string_view> known) {
    if (!word.starts_with("--")) return "invalid option -- '" + std::string(word.substr(1)) + "'";
    return "unrecognized option '" + std::string(word) + "'" +
           did_you_mean(word.substr(0, word.find('=')), known);
}

std::string missing_value(std::string_view option) {
    return "'" + std::string(option) + "': the option needs a value";
}

std::string unwanted_value(std::string_view option) {
    return "option '" + std::string(option) + "' doesn't allow an argument";
}

}  // namespace symline::tools
