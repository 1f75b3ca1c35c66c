#include "decode/log_time.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.h"

namespace symline::decode {
namespace {

using base::is_digit;

bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// How much of `text` has the form, in which 9 stands for a digit, and _ for a digit or a space; 0
/// where it does not begin so.
std::size_t matched(std::string_view text, std::string_view form) {
    if (text.size() < form.size()) return 0;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const char wanted = form[i];
        const bool digit = is_digit(text[i]);
        const bool fits = wanted == '9'   ? digit
                          : wanted == '_' ? digit || text[i] == ' '
                                          : text[i] == wanted;
        if (!fits) return 0;
    }
    return form.size();
}

/// ".123", ",123" at the start of `text`.
std::size_t fraction_size(std::string_view text) {
    if (text.size() < 2 || (text[0] != '.' && text[0] != ',') || !is_digit(text[1])) return 0;
    const auto end = text.find_first_not_of("0123456789", 1);
    return std::min(end, text.size());
}

std::size_t zone_size(std::string_view text) {
    if (text.starts_with('Z')) return 1;
    for (const std::string_view form : {"+99:99", "-99:99", "+9999", "-9999"}) {
        if (const auto size = matched(text, form)) return size;
    }
    return matched(text, " UTC") == 0 ? 0 : 4;
}

/// "2026-11-27 19:40:05.123+00:00", with a T, a time zone and a fraction or without.
std::size_t iso_size(std::string_view text) {
    std::size_t size = matched(text, "9999-99-99T99:99:99");
    if (size == 0) size = matched(text, "9999-99-99 99:99:99");
    if (size == 0) return 0;
    size += fraction_size(text.substr(size));
    return size + zone_size(text.substr(size));
}

/// "Nov 27 19:40:05", with a year after it or without.
std::size_t syslog_size(std::string_view text) {
    constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (std::ranges::find(kMonths, text.substr(0, 3)) == kMonths.end()) return 0;
    std::size_t size = matched(text.substr(3), " _9 99:99:99");
    if (size == 0) return 0;
    size += 3;
    size += fraction_size(text.substr(size));
    return size + matched(text.substr(size), " 9999");
}

std::string_view time_of_day(std::string_view margin) {
    for (std::size_t at = 0; at < margin.size(); ++at) {
        if (at > 0 && is_word(margin[at - 1])) continue;
        const auto rest = margin.substr(at);
        const auto size = is_digit(rest[0]) ? iso_size(rest) : syslog_size(rest);
        if (size != 0) return rest.substr(0, size);
    }
    return {};
}

/// "15.123456" of "[   15.123456]", with a thread's or a processor's number after it or without.
std::string_view printk_time(std::string_view margin) {
    for (auto at = margin.find('['); at != margin.npos; at = margin.find('[', at + 1)) {
        const auto begin = margin.find_first_not_of(' ', at + 1);
        if (begin == margin.npos || !is_digit(margin[begin])) continue;
        const auto dot = margin.find_first_not_of("0123456789", begin);
        if (dot == margin.npos || margin[dot] != '.') continue;
        const auto end = margin.find_first_not_of("0123456789", dot + 1);
        if (end == margin.npos || end == dot + 1 || (margin[end] != ']' && margin[end] != '@')) {
            continue;
        }
        return margin.substr(begin, end - begin);
    }
    return {};
}

/// "15.123456" of " 15.123456: sched_switch: ...".
std::string_view tracer_time(std::string_view text) {
    constexpr std::size_t kLeastDigits = 3;
    for (auto dot = text.find('.'); dot != text.npos; dot = text.find('.', dot + 1)) {
        const auto before = text.substr(0, dot).find_last_not_of("0123456789");
        const auto begin = before == text.npos ? 0 : before + 1;
        const auto end = text.find_first_not_of("0123456789", dot + 1);
        if (end == text.npos || text[end] != ':' || end - dot <= kLeastDigits) continue;
        if (begin == dot || (begin > 0 && text[begin - 1] != ' ')) continue;
        return text.substr(begin, end - begin);
    }
    return {};
}

}  // namespace

std::string_view log_time(std::string_view text) {
    // What stands before a message is short; JSON has whole lines.
    constexpr std::size_t kMaxSize = 4096;
    text = text.substr(0, kMaxSize);
    if (const auto time = time_of_day(text); !time.empty()) return time;
    const auto time = printk_time(text);
    return time.empty() ? tracer_time(text) : time;
}

}  // namespace symline::decode
