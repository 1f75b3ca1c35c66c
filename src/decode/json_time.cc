#include "decode/json_time.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.h"
#include "decode/log_time.h"

namespace symline::decode {
namespace {

using base::is_digit;

/// The members that loggers keep the time in. Those of the journal are its own names for it; the
/// time since boot counts where the time of day is not there.
constexpr std::array<std::string_view, 9> kTimeKeys{"__realtime_timestamp",
                                                    "@timestamp",
                                                    "timestamp",
                                                    "time",
                                                    "ts",
                                                    "timeunixnano",
                                                    "date",
                                                    "_source_monotonic_timestamp",
                                                    "__monotonic_timestamp"};

std::size_t rank_of_key(std::string_view key) {
    const auto agrees = [](char c, char small) {
        return small == (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    };
    const auto found = std::ranges::find_if(
        kTimeKeys, [&](std::string_view known) { return std::ranges::equal(key, known, agrees); });
    return static_cast<std::size_t>(found - kTimeKeys.begin());
}

/// The string or number after a key's closing quote; empty where something else is there.
std::string_view value_after_key(std::string_view text) {
    const auto skip_spaces = [&] {
        text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    };
    skip_spaces();
    // Fluent Bit prints "=>".
    const std::size_t size = text.starts_with(':') ? 1 : text.starts_with("=>") ? 2 : 0;
    if (size == 0) return {};
    text.remove_prefix(size);
    skip_spaces();
    const bool quoted = text.starts_with('"');
    if (quoted) text.remove_prefix(1);
    const auto end =
        quoted ? text.find_first_of("\"\\") : text.find_first_not_of("+-.0123456789Ee");
    if (end == text.npos || (quoted && text[end] != '"')) return {};
    const auto value = text.substr(0, end);
    return std::ranges::any_of(value, is_digit) ? value : std::string_view();
}

/// A quote in a string has a backslash before it, so that no key in one looks like a key. Whether a
/// quote opens or closes a string is not known: what stands between any two may be a key.
std::string_view time_member(std::string_view text) {
    std::string_view best;
    std::size_t best_rank = kTimeKeys.size();
    auto open = text.find('"');
    while (open != text.npos && best_rank != 0) {
        const auto close = text.find('"', open + 1);
        if (close == text.npos) break;
        const auto rank = rank_of_key(text.substr(open + 1, close - open - 1));
        open = close;
        if (rank >= best_rank) continue;
        const auto value = value_after_key(text.substr(close + 1));
        if (value.empty()) continue;
        best = value;
        best_rank = rank;
    }
    return best;
}

}  // namespace

std::string_view json_time(std::string_view line) {
    const auto object = line.find('{');
    if (const auto time = log_time(line.substr(0, object)); !time.empty()) return time;
    if (object == line.npos) return {};
    if (const auto time = time_member(line.substr(object)); !time.empty()) return time;
    return log_time(line);
}

}  // namespace symline::decode
