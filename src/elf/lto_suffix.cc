#include "elf/lto_suffix.h"

namespace symline::elf {
namespace {

/// The text before a last component; empty where there is no '.', or nothing before it.
std::string_view before_last_dot(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : name.substr(0, dot);
}

bool is_hash(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string_view without_lto_suffix(std::string_view name) {
    const auto rest = before_last_dot(name);
    if (rest.empty()) return {};
    const auto last = name.substr(rest.size() + 1);
    if (last == "cfi" || last == "cfi_jt") return rest;
    if (!is_hash(last)) return {};
    for (const std::string_view word : {".llvm", ".__uniq"}) {
        if (rest.ends_with(word)) return rest.substr(0, rest.size() - word.size());
    }
    // The number is part of GCC's suffix in "f.isra.0".
    for (const std::string_view word :
         {".isra", ".part", ".constprop", ".lto_priv", ".localalias"}) {
        if (rest.ends_with(word)) return {};
    }
    return rest;
}

bool is_cut_from(std::string_view cut, std::string_view whole) {
    if (cut.empty() || cut.size() >= whole.size() || whole[cut.size()] != '.' ||
        !whole.starts_with(cut)) {
        return false;
    }
    while (whole.size() > cut.size()) whole = without_lto_suffix(whole);
    return whole.size() == cut.size();
}

}  // namespace symline::elf
