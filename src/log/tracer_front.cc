// Lines of tracers and profilers that are recognised after any prefix, by their columns.
#include <algorithm>

#include "log/message_front.h"
#include "log/text.h"

namespace symline::log {

namespace {

constexpr auto kNone = std::string_view::npos;

/// Prefixes are shorter.
constexpr std::size_t kMaxFront = 256;

std::size_t before_spaces(std::string_view text, std::size_t at) {
    while (at > 0 && is_space(text[at - 1])) --at;
    return at;
}

std::size_t before_digits(std::string_view text, std::size_t at) {
    while (at > 0 && is_digit(text[at - 1])) --at;
    return at;
}

/// "28.809952:"
bool is_event_time(std::string_view word) {
    return word.size() >= 9 && word.ends_with(':') && word[word.size() - 8] == '.' &&
           is_digit(word.front());
}

/// Where the task begins that stands in front of its CPU: "nc-821     [001]", "perf-exec   803
/// [000]".
std::size_t task_before(std::string_view text, std::size_t cpu) {
    auto at = before_spaces(text, cpu);
    const auto pid = before_digits(text, at);
    if (pid == at || pid == 0) return kNone;
    at = text[pid - 1] == '-' ? pid - 1 : before_spaces(text, pid);
    const auto end = at;
    while (at > 0 && !is_space(text[at - 1])) --at;
    return at == end ? kNone : at;
}

/// ftrace's "            nc-821     [001] .....    28.809952: …", perf script's "nc 821
/// [001] 28.809952: …"
std::size_t find_event(std::string_view head, std::size_t from) {
    for (auto open = head.find(" [", from); open != kNone; open = head.find(" [", open + 1)) {
        Cursor at(head, open + 2);
        const auto cpu = at.decimal();
        if (!cpu || cpu->digits != 3 || !at.take("] ")) continue;
        at.skip_spaces();
        // Between them may stand flags: "..s1."
        bool is_event = is_event_time(at.word());
        at.skip_spaces();
        is_event = is_event || is_event_time(at.word());
        if (is_event) return task_before(head, open);
    }
    return kNone;
}

/// function_graph's " 1)   0.651 us    |      foo();"
std::size_t find_graph_line(std::string_view head, std::size_t from) {
    constexpr std::string_view kDuration = " .0123456789unmsec#!+*@$&";
    for (auto close = head.find(") ", from); close != kNone; close = head.find(") ", close + 1)) {
        const auto cpu = before_digits(head, close);
        if (cpu == close || cpu < from || (cpu > 0 && !is_space(head[cpu - 1]))) continue;
        const auto bar = head.find_first_not_of(kDuration, close + 1);
        if (bar != kNone && head[bar] == '|' && bar - close > 8) return cpu;
    }
    return kNone;
}

/// perf report's "    90.60%  swapper          [kernel.kallsyms]     [k] native_safe_halt"
std::size_t find_report_entry(std::string_view line, std::string_view head, std::size_t from) {
    const auto percent = head.find("% ", from);
    if (percent == kNone || (!contains(line, " [k] ") && !contains(line, " [.] "))) return kNone;
    const auto point = before_digits(head, percent);
    if (point == percent || point <= from || head[point - 1] != '.') return kNone;
    const auto number = before_digits(head, point - 1);
    const bool alone = number == 0 || is_space(head[number - 1]);
    return number < point - 1 && alone ? number : kNone;
}

}  // namespace

std::size_t find_tracer_line(std::string_view line, std::size_t from) {
    const auto head = line.substr(0, std::min(line.size(), from + kMaxFront));
    auto found = find_event(head, from);
    if (found == kNone) found = find_graph_line(head, from);
    return found == kNone ? find_report_entry(line, head, from) : found;
}

}  // namespace symline::log
