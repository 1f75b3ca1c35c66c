#include "log/message_front.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "log/byte_scan.h"
#include "log/code_line.h"
#include "log/report_facts.h"
#include "log/symbol_text.h"
#include "log/text.h"

namespace symline::log {

namespace {

/// Prefixes are shorter.
constexpr std::size_t kMaxFront = 256;

/// Whether what follows the word makes it the front of a message.
using Follows = bool (*)(std::string_view rest);

bool anything(std::string_view) {
    return true;
}

/// Nothing more but the end of a string or of an element.
bool nothing(std::string_view rest) {
    rest = trimmed(rest);
    return rest.empty() || contains("\"'`*\\</", rest.substr(0, 1));
}

bool number(std::string_view rest) {
    return !rest.empty() && is_digit(rest.front());
}

/// "6.1.0-56-amd64 (debian-kernel@lists.debian.org)", and not "2.6.32 (and later)"
bool boot(std::string_view rest) {
    if (!number(rest)) return false;
    const auto open = rest.substr(0, 128).find(" (");
    if (open == std::string_view::npos) return false;
    const auto builder = rest.substr(open + 2, 256);
    return contains(builder.substr(0, builder.find(')')), "@");
}

/// "0 PID: 1", "1 UID: 0 PID: 1"
bool cpu(std::string_view rest) {
    Cursor at(rest);
    return at.decimal() && (at.take(" PID: ") || at.take(" UID: ") || at.take(" Pid: "));
}

/// "0x9000000 from", "disabled"
bool offset(std::string_view rest) {
    return rest.starts_with("0x") || rest.starts_with("disabled");
}

bool code(std::string_view rest) {
    Cursor at(rest);
    std::size_t digits = 0;
    for (std::size_t count = 0; count < kMinCodeWords; ++count) {
        if (!at.take('<')) at.take('(');
        const auto bytes = at.hex();
        if (!bytes || (digits != 0 && bytes->digits != digits)) return false;
        digits = bytes->digits;
        if (!at.take('>')) at.take(')');
        if (at.skip_spaces() == 0) return false;
    }
    return digits == 2 || digits == 4 || digits == 8;
}

/// "0010:", "[<ffff…"
bool pc(std::string_view rest) {
    Cursor at(rest);
    if (at.take("[<")) return true;
    const auto segment = at.hex();
    return segment && segment->digits == 4 && at.take(':');
}

/// A symbol or an address.
bool place(std::string_view rest) {
    Cursor at(rest);
    at.take('[');
    at.take('<');
    const auto from = at.at();
    const auto address = at.hex();
    if (address && address->digits >= 8) return true;
    at.move_to(from);
    return !at.symbol().empty() && at.take("+0x");
}

/// "CPU: 2 PID: 1", "at fs/x.c:1", "fs/x.c:1 at"
bool warning(std::string_view rest) {
    return rest.starts_with("CPU: ") || rest.starts_with("at ") ||
           contains(rest.substr(0, 256), ".c:") || contains(rest.substr(0, 256), ".h:");
}

/// "3594 (crash-pie) of user 0 dumped core."
bool dumped(std::string_view rest) {
    return number(rest) && contains(rest.substr(0, kMarkReach), kDumped);
}

/// "libc.so.6 with build-id 93ac…", "libc.so.6 from deb glibc-2.41-12, build-id=93ac…"
bool built(std::string_view rest) {
    rest = rest.substr(0, kMarkReach);
    return contains(rest, kWithBuildId) || contains(rest, kHasBuildId);
}

struct Front {
    std::string_view word;
    Follows follows = anything;
};

// No two with the same first letters: the first one that fits is it.
constexpr Front kFronts[] = {
    {kBootLabel, boot},
    {"CPU: ", cpu},
    {kCodeLabel, code},
    {kOffsetLabel, offset},
    {"Call Trace:", nothing},
    {"Call trace:", nothing},
    {"Modules linked in:"},
    {"RIP: ", pc},
    {"EIP: ", pc},
    {"EIP is at ", place},
    {"PC is at ", place},
    {"LR is at ", place},
    {"pc : ", place},
    {"lr : ", place},
    {"epc : ", place},
    {"------------[ cut here ]"},
    {"---[ end trace "},
    {"Hardware name: "},
    {kWarning, warning},
    {kBug},
    {"BUG: "},
    {"Oops: ", number},
    {"Internal error: "},
    {"INFO: task "},
    {"watchdog: BUG: "},
    {"NMI watchdog: BUG: "},
    {"Pid: ", number},
    {"Workqueue: "},
    {"Allocated by task "},
    {"Freed by task "},
    {kStackOfThread},
    {"Attaching ", number},
    {kDumpedLabel, dumped},
    {"Module ", built},
    {"Found module ", built},
    {kProgramLabel},
    {"@[", nothing},
};

/// By their first letters.
constexpr auto kSorted = [] {
    auto fronts = std::to_array(kFronts);
    std::ranges::sort(fronts, {}, [](const Front& front) { return front.word[0]; });
    return fronts;
}();

/// Where those with a first letter begin, as a number from 1; 0: there is none. This is asked about
/// every letter of a line.
constexpr auto kOfLetter = [] {
    std::array<std::uint8_t, 256> first{};
    for (std::size_t i = kSorted.size(); i-- > 0;)
        first[static_cast<unsigned char>(kSorted[i].word[0])] = static_cast<std::uint8_t>(i + 1);
    return first;
}();

bool begins_at(std::string_view line, std::size_t at) {
    const auto first = kOfLetter[static_cast<unsigned char>(line[at])];
    if (first == 0) return false;
    const auto text = line.substr(at);
    for (auto i = first - std::size_t{1}; i < kSorted.size(); ++i) {
        const Front& front = kSorted[i];
        if (front.word[0] != text[0]) return false;
        if (text.starts_with(front.word) && front.follows(text.substr(front.word.size())))
            return true;
    }
    return false;
}

/// Whether a word can begin after this character.
bool ends_word(char c) {
    return !is_letter(c) && !is_digit(c) && c != '_';
}

/// " [oopsgen]", " ([kernel.kallsyms])", " (T)", or nothing, up to the end.
bool ends_after_container(std::string_view rest) {
    rest = trimmed(rest);
    if (rest.empty()) return true;
    const char close = rest.front() == '[' ? ']' : rest.front() == '(' ? ')' : '\0';
    // "(kernel/fork.c:12:1)" says the place itself.
    return close != '\0' && rest.back() == close && !contains(rest, ":");
}

/// "tcp_v4_rcv+2051", "? tcp_v4_rcv+0x803/0xee0 [module]", "[<ffff…>] name+0x1/0x2", "ffff… name+1"
/// after so many spaces. Tracers print a number alone, which could be a sum: they indent by four.
bool is_frame(std::string_view text, std::size_t gap) {
    constexpr std::size_t kTracersIndent = 4;
    Cursor at(text);
    if (at.take("=> ")) return !at.symbol().empty() && ends_after_container(at.rest());
    at.take("? ");
    const bool bracket = at.take("[<");
    const auto before = at.at();
    const auto address = at.hex();
    const bool in_kernel = address && address->digits == 16 && is_kernel_address(*address);
    if (bracket && (!address || !at.take(">]"))) return false;
    if (in_kernel && at.at_end()) return true;
    if (!bracket && (!in_kernel || at.at() == before)) at.move_to(before);
    at.skip_spaces();
    if (at.symbol().size() < 3 || !at.take('+')) return false;
    const auto number = at.prefixed_hex();
    if (!number && !at.decimal()) return false;
    const bool sized = number && at.take('/');
    if (sized ? !at.prefixed_hex() : gap < kTracersIndent) return false;
    return at.done() || (is_space(at.peek()) && ends_after_container(at.rest()));
}

/// A name with its offset, or ftrace's; an address alone is known by the end of its line.
bool is_named_frame(std::string_view text) {
    return is_whole_frame(text) && (contains(text, "+") || text.starts_with("=> "));
}

/// "tcp_v4_rcv+2051   <-- here", "=> vfs_read  // this one"
std::string_view without_remark(std::string_view text) {
    constexpr std::string_view kMarks[] = {"<--", "<==", "<<<", "// ", "/* ", "# ", "; ", "\u2190"};
    if (!contains_any<'<', '/', '#', ';', '\xe2'>(text)) return text;
    for (auto at = text.find(' '); at != std::string_view::npos; at = text.find(' ', at + 1)) {
        const auto rest = text.substr(at + 1);
        static constexpr CharSet kFirst("</#;\xe2");
        if (rest.empty() || !kFirst(rest.front())) continue;
        const auto begins = [&](std::string_view mark) { return rest.starts_with(mark); };
        if (!std::ranges::any_of(kMarks, begins)) continue;
        const auto frame = trimmed_right(text.substr(0, at));
        return is_named_frame(frame) ? frame : text;
    }
    return text;
}

/// "tcp_v4_rcv+2051</pre>", "tcp_v4_rcv+2051`"
std::string_view without_markup(std::string_view text) {
    constexpr std::string_view kMarks[] = {"</pre>", "</code>", "</p>", "</b>", "<br>", "<br/>",
                                           "<br />", "`",       "**",   "\"",   "'",    ","};
    auto frame = text;
    for (bool again = true; again;) {
        again = false;
        for (const std::string_view mark : kMarks) {
            if (!frame.ends_with(mark)) continue;
            frame = trimmed_right(frame.substr(0, frame.size() - mark.size()));
            again = true;
        }
    }
    return is_named_frame(frame) ? frame : text;
}

/// What stands in front of a frame in the lines of tracers: "     28.809952: ", " 1)    3840  ".
bool is_tracers(std::string_view head) {
    Cursor at(head);
    at.skip_spaces();
    if (at.decimal() && at.take(')')) return true;
    for (auto colon = head.find(": "); colon != std::string_view::npos;
         colon = head.find(": ", colon + 1)) {
        if (colon >= 8 && is_digit(head[colon - 1]) && head[colon - 7] == '.') return true;
    }
    return false;
}

}  // namespace

bool begins_message(std::string_view text) {
    return !text.empty() && begins_at(text, 0);
}

std::size_t find_message_front(std::string_view line, std::size_t from, std::size_t to) {
    const auto end = std::min({line.size(), from + kMaxFront, to});
    for (auto at = from; at < end; ++at) {
        if (kOfLetter[static_cast<unsigned char>(line[at])] == 0) continue;
        if ((at == 0 || ends_word(line[at - 1])) && begins_at(line, at)) return at;
    }
    return std::string_view::npos;
}

bool is_whole_frame(std::string_view text) {
    return is_frame(text, SIZE_MAX);
}

bool begins_as_frame(std::string_view text) {
    if (text.starts_with("=> ")) return true;
    if (text.starts_with("[<")) return text.size() > 2 && is_hex(text[2]);
    if (text.starts_with("? ")) text.remove_prefix(2);
    // A name with its offset, or its address.
    constexpr std::size_t kFewest = 8;
    std::size_t end = 0, digits = 0;
    while (end < text.size() && is_symbol_char(text[end])) {
        if (end == digits && is_hex(text[end])) ++digits;
        ++end;
    }
    if (end == 0 || end == text.size()) return digits >= kFewest && digits == end;
    if (digits >= kFewest && digits == end) return is_space(text[end]);
    // Shorter ones could be anything: "T+12".
    constexpr std::size_t kShortest = 3;
    return end >= kShortest && text[end] == '+' && end + 1 < text.size() &&
           is_digit(text[end + 1]) && !is_digit(text[0]);
}

std::string_view frame_text(std::string_view text) {
    // Names and signatures; longer lines are something else.
    constexpr std::size_t kMaxFrame = 16384;
    text = trimmed_right(text);
    if (text.empty() || text.size() > kMaxFrame) return text;
    text = without_remark(text);
    static constexpr CharSet kEndsMarkup("`\"'>*,");
    return kEndsMarkup(text.back()) ? without_markup(text) : text;
}

std::size_t find_lone_frame(std::string_view line, std::size_t from) {
    // Most lines have nothing that could be a frame.
    if (!contains(line, "+") && !contains(line, "=> ") && !contains(line, "ffff"))
        return std::string_view::npos;
    constexpr int kMaxGaps = 8;
    const auto head = line.substr(0, std::min(line.size(), from + kMaxFront));
    auto at = from;
    const auto skip = [&](bool space) {
        while (at < head.size() && is_space(head[at]) == space) ++at;
    };
    skip(true);
    for (int gaps = 0; gaps < kMaxGaps;) {
        skip(false);
        const auto gap = at;
        skip(true);
        if (at == head.size()) break;
        if (at - gap < 2 && head[gap] != '\t') continue;
        ++gaps;
        if (is_frame(line.substr(at), at - gap))
            return is_tracers(head.substr(from, gap - from)) ? std::string_view::npos : at;
    }
    return std::string_view::npos;
}

}  // namespace symline::log
