#include "tools/llvm_command_line.h"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "tools/nearest_word.h"

namespace symline::tools {
namespace {

class Reader {
public:
    Reader(std::span<const std::string> words, std::span<const option> long_options,
           std::string_view letters)
        : words_(words), long_options_(long_options), letters_(letters) {}

    LlvmCommandLine read() {
        while (at_ < words_.size()) {
            const std::string_view word = words_[at_++];
            if (word == "--") {
                const auto rest = words_.subspan(at_);
                found_.operands.insert(found_.operands.end(), rest.begin(), rest.end());
                break;
            }
            if (word.starts_with("--")) {
                take_long(word, word.substr(2));
            } else if (const auto name = long_with_one_dash(word)) {
                take_long(word, *name);
            } else if (word.starts_with('-') && word.size() > 1) {
                take_letters(word);
            } else {
                found_.operands.emplace_back(word);
            }
        }
        return std::move(found_);
    }

private:
    void fail(std::string message) { found_.errors.push_back("error: " + std::move(message)); }

    /// Words of pprof and of old versions of asan_symbolize.py.
    static std::optional<std::string_view> long_with_one_dash(std::string_view word) {
        const bool known = word.starts_with("-demangle=") || word.starts_with("-inlining=");
        if (!known) return std::nullopt;
        return word.substr(1);
    }

    void take_next(int letter, std::string_view spelling) {
        if (at_ == words_.size()) return fail(std::string(spelling) + ": missing argument");
        found_.options.push_back({letter, words_[at_++]});
    }

    void unknown(std::string_view word) {
        const std::string_view name = word.substr(0, word.find('='));
        std::vector<std::string> all;
        for (const option& each : long_options_) all.push_back("--" + std::string(each.name));
        const std::vector<std::string_view> known(all.begin(), all.end());
        const auto nearest = nearest_word(name, known);
        std::string message = "unknown argument '" + std::string(word) + "'";
        if (!nearest.empty()) message += ", did you mean '" + std::string(nearest) + "'?";
        fail(std::move(message));
    }

    /// `text` is the word without its dashes.
    void take_long(std::string_view word, std::string_view text) {
        const auto equals = text.find('=');
        const auto known = std::ranges::find(long_options_, text.substr(0, equals), &option::name);
        if (known == long_options_.end()) return unknown(word);
        if (equals == std::string_view::npos) {
            if (known->has_arg == required_argument) return take_next(known->val, word);
            found_.options.push_back({known->val, {}});
        } else if (known->has_arg == no_argument) {
            unknown(word);
        } else {
            found_.options.push_back({known->val, std::string(text.substr(equals + 1))});
        }
    }

    /// What follows a letter in its word is its argument if it takes one, also after "=".
    void take_letters(std::string_view word) {
        for (std::size_t i = 1; i < word.size(); ++i) {
            const auto known = word[i] == ':' ? std::string_view::npos : letters_.find(word[i]);
            if (known == std::string_view::npos) {
                unknown(i == 1 ? word : std::string{'-', word[i]});
                return;
            }
            std::string_view rest = word.substr(i + 1);
            if (rest.starts_with('=')) return take_assigned(word[i], rest.substr(1), word);
            if (!letters_.substr(known + 1).starts_with(':')) {
                found_.options.push_back({word[i], {}});
            } else if (rest.empty()) {
                return take_next(word[i], std::string{'-', word[i]});
            } else {
                found_.options.push_back({word[i], std::string(rest)});
                return;
            }
        }
    }

    /// "-e=FILE", and "-f=none" and "-C=style", which are letters of options that may have a value.
    void take_assigned(char letter, std::string_view value, std::string_view word) {
        if (letter == 'f') {
            take_long(word, "functions=" + std::string(value));
        } else if (letter == 'C' || letters_.substr(letters_.find(letter) + 1).starts_with(':')) {
            found_.options.push_back({letter, std::string(value)});
        } else {
            unknown(word);
        }
    }

    std::span<const std::string> words_;
    std::span<const option> long_options_;
    std::string_view letters_;
    std::size_t at_ = 0;
    LlvmCommandLine found_;
};

}  // namespace

LlvmCommandLine read_llvm_words(std::span<const std::string> words,
                                std::span<const option> long_options, std::string_view letters) {
    return Reader(words, long_options, letters).read();
}

}  // namespace symline::tools
