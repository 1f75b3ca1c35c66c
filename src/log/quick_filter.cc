// The quick look that most lines of most logs get: is there any word in it that a rule begins with?
#include <array>
#include <string_view>

#include "log/parser.h"
#include "log/text.h"

namespace symline::log {

namespace {

constexpr std::size_t pair_of(char first, char second) {
    return static_cast<std::size_t>(static_cast<unsigned char>(first)) << 8 |
           static_cast<unsigned char>(second);
}

/// Two characters of each word that a rule needs, rare ones: only where they stand is looked
/// closer.
constexpr auto make_table() {
    std::array<bool, 65536> table{};
    constexpr std::string_view pairs[] = {
        "[<", "<-", "<s", "<u", "| ", "@[", "=>", "0x", "pc", "[ ", "[e", "Co", "Ca", "PI",
        "Pi", "IP", "Li", "Ke", "KC", "WA", "BU", "Ba", "St", "Oo", "In", "Al", "Fr", "Un",
        "Wo", "Ex", "Pr", "-i", "-E", "e:", "t:", "c:", "y:", "g:", "r:", "d:"};
    for (const auto pair : pairs) table[pair_of(pair[0], pair[1])] = true;
    for (const char digit : std::string_view("0123456789")) {
        table[pair_of('#', digit)] = table[pair_of(digit, '%')] = table[pair_of(digit, ':')] = true;
    }
    for (const char digit : std::string_view("0123456789abcdefABCDEF"))
        table[pair_of('+', digit)] = true;
    return table;
}
constexpr auto table = make_table();

bool at_word(std::string_view line, std::size_t at, std::string_view word) {
    return line.compare(at, word.size(), word) == 0;
}

bool ends_with_at(std::string_view line, std::size_t end, std::string_view word) {
    return end >= word.size() && line.compare(end - word.size(), word.size(), word) == 0;
}

/// "28.809952:", or a word that a rule begins with: looked up by its last letter, for colons are
/// many.
bool is_tracer_colon(std::string_view line, std::size_t at) {
    if (at < 4) return false;
    const char last = line[at - 1];
    if (at >= 8 && is_digit(last)) return line[at - 7] == '.' || ends_with_at(line, at, "task");
    const auto ends_with_any = [&](auto... words) {
        return (ends_with_at(line, at, words) || ...);
    };
    switch (last) {
        case 'e':
            return ends_with_any("probe", "profile", "backtrace", "stacktrace", "inactive",
                                 ".get_time");
        case 't': return ends_with_any("tracepoint", "fexit", "in-flight", "set_next_event");
        case 'c': return ends_with_any("retfunc", "kfunc");
        case 'y': return ends_with_any("fentry");
        case 'g': return ends_with_any("pending");
        case 'r': return ends_with_any("event_handler");
        case 'd': return ends_with_any("delayed");
        default: return false;
    }
}

bool is_upper_word(std::string_view line, std::size_t at) {
    switch (line[at]) {
        case 'C': return at_word(line, at, "Code:") || at_word(line, at, "Call ");
        case 'P':
            return at_word(line, at, "PID:") || at_word(line, at, "Pid:") ||
                   (at_word(line, at, "Process ") && contains(line.substr(at, 256), " dumped")) ||
                   ends_with_at(line, at + 1, "NIP") || ends_with_at(line, at + 1, "RIP");
        case 'L': return at_word(line, at, "Linux ver");
        case 'K': return at_word(line, at, "Kernel Off") || at_word(line, at, "KCSAN");
        case 'W': return at_word(line, at, "WARNING:") || at_word(line, at, "Workqueue: ");
        case 'E': return at_word(line, at, "Executable: /");
        case 'B': return at_word(line, at, "BUG") || at_word(line, at, "Backtrace:");
        case 'S': return at_word(line, at, "Stack ");
        case 'O': return at_word(line, at, "Oops");
        case 'I': return at_word(line, at, "Internal error");
        case 'A': return at_word(line, at, "Allocated by");
        case 'F': return at_word(line, at, "Freed by");
        case 'U': return at_word(line, at, "Uninit was");
        default: return false;
    }
}

/// "+0x1f", "+125", "+4000]", and not the time zone of "22:59:50+02:00"
bool is_offset(std::string_view line, std::size_t at) {
    if (at_word(line, at, "0x")) return true;
    auto end = at;
    while (end < line.size() && end - at < 20 && is_hex(line[end])) ++end;
    if (end == at) return false;
    return end == line.size() || is_space(line[end]) || line[end] == ']' || line[end] == '\\';
}

/// "0x" and a kernel's address, or glibc's "[0x401136]"
bool is_raw_address(std::string_view line, std::size_t at) {
    if (at >= 3 && line[at - 2] == '[') return true;
    return at + 1 < line.size() && line[at + 1] >= '8' && is_hex(line[at + 1]);
}

/// "pc 900000000410645c ra …", "epc : ffffffff80014264 ra : …"
bool is_counter(std::string_view line, std::size_t at) {
    Cursor cursor(line, at);
    cursor.skip_spaces();
    cursor.take(':');
    cursor.skip_spaces();
    const auto address = cursor.hex();
    return address && address->digits >= 8;
}

bool is_hit(std::string_view line, std::size_t at) {
    const char before = at > 0 ? line[at - 1] : '\0';
    const char after = at + 1 < line.size() ? line[at + 1] : '\0';
    switch (line[at]) {
        case '+': return is_offset(line, at + 1);
        case '<':
            return (before == '[' && is_hex(after)) || after == '-' ||
                   at_word(line, at, "<stack ") || at_word(line, at, "<user ");
        case '|': return at_word(line, at, "|  ") || at_word(line, at, "| ");
        case '#': return is_digit(after);
        case '%': return is_digit(before);
        case '@': return after == '[';
        case '>': return before == '=' && after == ' ';
        case 'x': return before == '0' && is_raw_address(line, at);
        case 'c': return before == 'p' && is_counter(line, at + 1);
        case '[': return at_word(line, at, "[ cut here") || at_word(line, at, "[exception RIP");
        case '-':
            return (at_word(line, at, "-id") && ends_with_at(line, at, "build")) ||
                   at_word(line, at, "-Event-Address:");
        case ':': return is_tracer_colon(line, at);
        default: return is_upper_word(line, at);
    }
}

/// Frames whose only mark is at their end: "9e038 [unknown] (/usr/bin/perf)", an address alone.
bool has_frame_end(std::string_view line) {
    line = trimmed_right(line);
    if (line.ends_with(')') && contains(line, " (")) return true;
    std::size_t digits = 0;
    while (digits < 17 && digits < line.size() && is_hex(line[line.size() - 1 - digits])) ++digits;
    return digits == 16;
}

}  // namespace

bool Parser::may_match(std::string_view line) {
    std::size_t pair = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
        pair = (pair << 8 | static_cast<unsigned char>(line[at])) & 0xffff;
        if (!table[pair]) continue;
        if ((at > 0 && is_hit(line, at - 1)) || is_hit(line, at)) return true;
    }
    return has_frame_end(line);
}

bool Parser::wants(std::string_view line) const {
    return state_.in_stack || state_.carrier != Carrier::none || state_.after_trap ||
           may_match(line);
}

}  // namespace symline::log
