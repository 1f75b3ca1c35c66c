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

/// " CET", " -03", as journalctl -o short-full has it after a day of the week, a date and a time:
/// without the first, it may be a level or a host.
std::size_t zone_name_size(std::string_view text) {
    if (!text.starts_with(' ')) return 0;
    const auto end = std::min(text.find(' ', 1), text.size());
    const auto name = text.substr(1, end - 1);
    const bool is_name = std::ranges::all_of(
        name, [](char c) { return is_digit(c) || (c >= 'A' && c <= 'Z') || c == '+' || c == '-'; });
    constexpr std::size_t kLeastLetters = 2;
    return is_name && name.size() >= kLeastLetters ? end : 0;
}

constexpr std::array<std::string_view, 7> kDays{"Mon ", "Tue ", "Wed ", "Thu ",
                                                "Fri ", "Sat ", "Sun "};

/// "2026-11-27 19:40:05.123+00:00", with a T, a time zone and a fraction or without; and as other
/// loggers and countries write dates: "2026/11/27 19:40:05", "27.11.2026 19:40:05".
std::size_t date_size(std::string_view before, std::string_view text) {
    constexpr std::string_view kForms[] = {"9999-99-99T99:99:99", "9999-99-99 99:99:99",
                                           "9999/99/99 99:99:99", "99.99.9999 99:99:99",
                                           "99/99/9999 99:99:99", "99-99-9999 99:99:99"};
    std::size_t size = 0;
    for (const std::string_view form : kForms) size = std::max(size, matched(text, form));
    if (size == 0) return 0;
    size += fraction_size(text.substr(size));
    const bool has_day =
        std::ranges::any_of(kDays, [&](std::string_view day) { return before.ends_with(day); });
    const auto named = has_day ? zone_name_size(text.substr(size)) : 0;
    return size + (named != 0 ? named : zone_size(text.substr(size)));
}

/// "Nov 27 19:40:05", with a year after it or without, "Sep20 11:55" of "[Sep20 11:55]".
std::size_t syslog_size(std::string_view text) {
    constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (std::ranges::find(kMonths, text.substr(0, 3)) == kMonths.end()) return 0;
    if (const auto size = matched(text.substr(3), "99 99:99]")) return 3 + size - 1;
    std::size_t size = matched(text.substr(3), " _9 99:99:99");
    if (size == 0) return 0;
    size += 3;
    size += fraction_size(text.substr(size));
    return size + matched(text.substr(size), " 9999");
}

/// "09-20 11:55:22.123" of Android, "1695213722.123456" of journalctl -o short-unix.
std::size_t numbers_size(std::string_view text) {
    std::size_t size = matched(text, "99-99 99:99:99");
    if (size == 0) size = matched(text, "9999999999");
    const auto fraction = size == 0 ? 0 : fraction_size(text.substr(size));
    size += fraction;
    return fraction != 0 && text.substr(size).starts_with(' ') ? size : 0;
}

/// "0920 11:55:22.123456" of klog, after the letter of its level.
bool is_klog_level(std::string_view text) {
    constexpr std::string_view kLevels = "IWEF";
    return kLevels.contains(text[0]) && matched(text.substr(1), "9999 99:99:99.999999 ") != 0;
}

/// Of those forms that numbers of other meanings may have, a word has to begin as loggers do.
std::string_view short_time(std::string_view text) {
    if (is_klog_level(text)) {
        text.remove_prefix(1);
        constexpr std::string_view kForm = "MMDD hh:mm:ss.uuuuuu";
        return text.substr(0, kForm.size());
    }
    return text.substr(0, numbers_size(text));
}

std::string_view time_of_day(std::string_view margin) {
    constexpr std::string_view kFronts = " \t\"|>";
    for (std::size_t at = 0; at < margin.size(); ++at) {
        if (at > 0 && is_word(margin[at - 1])) continue;
        const auto rest = margin.substr(at);
        const auto size =
            is_digit(rest[0]) ? date_size(margin.substr(0, at), rest) : syslog_size(rest);
        if (size != 0) return rest.substr(0, size);
        if (at > 0 && !kFronts.contains(margin[at - 1])) continue;
        if (const auto time = short_time(rest); !time.empty()) return time;
    }
    return {};
}

/// Whether the bracket of a printk time ends so: "]", "@3]" with a processor's number, " <
/// 0.000012>]" with the time since the line above.
bool ends_printk_time(std::string_view text) {
    if (text.starts_with(']') || text.starts_with('@')) return true;
    const auto next = text.find_first_not_of(' ');
    return next != text.npos && next != 0 && text[next] == '<';
}

/// "15.123456" of "[   15.123456]", with a thread's or a processor's number after it or without.
std::string_view printk_time(std::string_view margin) {
    for (auto at = margin.find('['); at != margin.npos; at = margin.find('[', at + 1)) {
        const auto begin = margin.find_first_not_of(' ', at + 1);
        if (begin == margin.npos || !is_digit(margin[begin])) continue;
        const auto dot = margin.find_first_not_of("0123456789", begin);
        if (dot == margin.npos || margin[dot] != '.') continue;
        const auto end = margin.find_first_not_of("0123456789", dot + 1);
        if (end == margin.npos || end == dot + 1 || !ends_printk_time(margin.substr(end))) continue;
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

/// "123456789" of "6,1234,123456789,-;" as /dev/kmsg has it: a level, a number, microseconds.
std::string_view kmsg_time(std::string_view margin) {
    std::string_view field;
    std::size_t at = std::min(margin.find_first_not_of(' '), margin.size());
    for (int count = 0; count < 3; ++count) {
        const auto end = margin.find_first_not_of("0123456789", at);
        if (end == margin.npos || end == at || margin[end] != ',') return {};
        field = margin.substr(at, end - at);
        at = end + 1;
    }
    const auto flags = margin.substr(at, 2);
    constexpr std::string_view kFlags = "-c+";
    const bool is_record =
        flags.size() == 2 && kFlags.contains(flags[0]) && (flags[1] == ';' || flags[1] == ',');
    return is_record ? field : std::string_view();
}

}  // namespace

std::string_view log_time(std::string_view text) {
    // What stands before a message is short; JSON has whole lines.
    constexpr std::size_t kMaxSize = 4096;
    text = text.substr(0, kMaxSize);
    if (const auto time = time_of_day(text); !time.empty()) return time;
    if (const auto time = printk_time(text); !time.empty()) return time;
    const auto time = tracer_time(text);
    return time.empty() ? kmsg_time(text) : time;
}

}  // namespace symline::decode
