#include "tools/response_file.h"

#include <cstddef>
#include <iterator>

#include "tools/source_files.h"

namespace symline::tools {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/// Takes one word off the front of `text`, which does not begin with white space.
std::string take_word(std::string_view& text) {
    std::string word;
    char quote = 0;
    std::size_t i = 0;
    for (; i < text.size() && (quote != 0 || !is_space(text[i])); ++i) {
        const char c = text[i];
        if (c == '\\' && i + 1 < text.size()) {
            word += text[++i];
        } else if (quote != 0 && c == quote) {
            quote = 0;
        } else if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else {
            word += c;
        }
    }
    text.remove_prefix(i);
    return word;
}

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    while (true) {
        while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
        if (text.empty()) return words;
        words.push_back(take_word(text));
    }
}

std::vector<std::string> expand_response_files(std::vector<std::string> words) {
    // A file may name itself; libiberty gives up after 2,000 files too.
    int files_left = 2000;
    for (std::size_t i = 0; i < words.size();) {
        std::optional<std::string> text;
        if (words[i].starts_with('@') && files_left > 0) text = read_file(words[i].substr(1));
        if (!text) {
            ++i;
            continue;
        }
        --files_left;
        auto inner = split_words(*text);
        const auto at = words.begin() + static_cast<std::ptrdiff_t>(i);
        words.insert(words.erase(at), std::make_move_iterator(inner.begin()),
                     std::make_move_iterator(inner.end()));
    }
    return words;
}

}  // namespace symline::tools
