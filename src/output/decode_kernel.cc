// The line format of scripts/decode_stacktrace.sh: the last words of a line are the symbol, its
// module and a flag, and all words "[<...>]" are dropped.

#include <algorithm>
#include <cctype>

#include "output/decode.h"
#include "symline/demangle.h"

namespace symline::output {
namespace {

constexpr std::string_view kBlank = " \t";

struct Word {
    std::string_view space;  ///< what stands before it
    std::string_view text;
};

std::vector<Word> split(std::string_view line) {
    std::vector<Word> words;
    for (;;) {
        const auto begin = std::min(line.find_first_not_of(kBlank), line.size());
        const auto end = std::min(line.find_first_of(kBlank, begin), line.size());
        if (begin == end) return words;
        words.push_back({line.substr(0, begin), line.substr(begin, end - begin)});
        line.remove_prefix(end);
    }
}

bool is_bracketed_address(std::string_view word) {
    const auto begin = word.find("[<");
    return begin != std::string_view::npos && word.find(">]", begin + 3) != std::string_view::npos;
}

std::size_t hex_digits(std::string_view text) {
    return std::min(text.find_first_not_of("0123456789abcdef"), text.size());
}

/// NAME+0xOFF/0xSIZE somewhere in the text.
bool has_symbol(std::string_view text) {
    for (auto plus = text.find("+0x"); plus != std::string_view::npos;
         plus = text.find("+0x", plus + 1)) {
        if (plus == 0 || text[plus - 1] == ' ' || text[plus - 1] == '+') continue;
        const auto offset = text.substr(plus + 3);
        const auto digits = hex_digits(offset);
        const auto size = offset.substr(digits);
        if (digits > 0 && size.starts_with("/0x") && hex_digits(size.substr(3)) > 0) return true;
    }
    return false;
}

bool is_flags(std::string_view word) {
    if (word.size() < 3 || word.front() != '(' || word.back() != ')') return false;
    return std::ranges::all_of(word.substr(1, word.size() - 2),
                               [](unsigned char c) { return std::isupper(c) != 0; });
}

/// "[module]" or "[module", of which "buildid]" is the next word.
std::string_view bare_module(std::string_view word) {
    if (word.ends_with(')')) word.remove_suffix(1);
    if (word.ends_with(']')) word.remove_suffix(1);
    return word.substr(std::min<std::size_t>(word.starts_with('['), word.size()));
}

bool is_module(std::string_view word) {
    const auto close = word.find(']');
    return word.starts_with('[') && close != std::string_view::npos && close > 1;
}

bool is_build_id_end(std::string_view word) {
    const auto digits = hex_digits(word);
    return digits > 0 && word.substr(digits).starts_with(']');
}

std::string_view take_symbol(std::string_view written, KernelLine& result) {
    if (written.starts_with('(')) written.remove_prefix(1);
    if (written.ends_with(')')) written.remove_suffix(1);
    const auto colon = written.find(':');
    if (colon != std::string_view::npos && !written.starts_with("_R")) {
        result.segment = written.substr(0, colon + 1);
        written.remove_prefix(colon + 1);
    }
    return written;
}

void take_module(std::vector<Word>& words, KernelLine& result) {
    const std::size_t count = words.size();
    const bool with_id = count >= 2 && is_build_id_end(words[count - 1].text) &&
                         words[count - 2].text.starts_with('[');
    if (with_id) {
        result.build_id = words.back().text.substr(0, hex_digits(words.back().text));
        words.pop_back();
        result.module = bare_module(words.back().text);
        words.pop_back();
    } else if (is_module(words.back().text)) {
        result.module = bare_module(words.back().text);
        words.pop_back();
    }
}

}  // namespace

std::optional<KernelLine> parse_kernel_line(std::string_view line) {
    if (!is_bracketed_address(line) && !has_symbol(line)) return std::nullopt;
    auto words = split(line);
    std::erase_if(words, [](const Word& word) { return is_bracketed_address(word.text); });
    KernelLine result;
    if (!words.empty() && is_flags(words.back().text)) {
        result.flags = words.back().text;
        words.pop_back();
    }
    if (!words.empty()) take_module(words, result);
    std::string_view space;
    if (!words.empty()) {
        space = words.back().space;
        result.written = words.back().text;
        words.pop_back();
    }
    result.symbol = take_symbol(result.written, result);
    for (const Word& word : words) (result.before += word.space) += word.text;
    result.before += space;
    return result;
}

void append_kernel_line(std::string& out, const KernelLine& line, std::string_view places) {
    out += line.before;
    if (places.empty()) {
        out += line.written;
    } else {
        const auto name = line.symbol.substr(0, line.symbol.rfind('+'));
        out += line.segment;
        out += name.starts_with("_R") ? demangle(name) : std::string(name);
        ((out += " (") += places) += ')';
    }
    if (!line.module.empty()) (out += ' ') += line.module;
    if (!line.flags.empty()) (out += ' ') += line.flags;
}

}  // namespace symline::output
