#include "tools/addr2line_option_table.h"

#include <algorithm>
#include <string_view>

namespace symline::tools {
namespace {

/// The GNU option that `name` abbreviates; null when it is the full name of any option, or none,
/// or several of different meaning.
const option* gnu_abbreviation(std::string_view name) {
    const option* found = nullptr;
    for (std::size_t i = 0; i < kOptionCount; ++i) {
        const std::string_view full = kLongOptions[i].name;
        if (full == name) return nullptr;
        if (i >= kGnuOptionCount || !full.starts_with(name)) continue;
        if (found && found->val != kLongOptions[i].val) return nullptr;
        found = &kLongOptions[i];
    }
    return found;
}

}  // namespace

void spell_out_abbreviations(std::vector<std::string>& words) {
    for (std::string& word : words) {
        if (word == "--") return;
        if (!word.starts_with("--")) continue;
        const auto equals = std::min(word.find('='), word.size());
        const option* full = gnu_abbreviation(std::string_view(word).substr(2, equals - 2));
        if (full) word.replace(2, equals - 2, full->name);
    }
}

}  // namespace symline::tools
