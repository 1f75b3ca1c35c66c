// The quick look that most lines of most logs get: does the line hold any word that a rule needs,
// or an address in one of the shapes that rules know?
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "log/bcc_stacks.h"
#include "log/call_traces.h"
#include "log/code_line.h"
#include "log/crash_reports.h"
#include "log/debugger_frames.h"
#include "log/function_graph.h"
#include "log/mark.h"
#include "log/packet_traces.h"
#include "log/parser.h"
#include "log/register_lines.h"
#include "log/report_facts.h"
#include "log/scheduled_functions.h"
#include "log/stack_lines.h"
#include "log/symbolizer_markup.h"
#include "log/text.h"
#include "log/trace_lines.h"
#include "log/trace_report.h"

namespace symline::log {

namespace {

/// As two bytes are read from memory at once.
constexpr std::size_t pair_of(char first, char second) {
    return std::bit_cast<std::uint16_t>(std::array{first, second});
}

constexpr std::size_t pair_of(const Mark& mark) {
    return pair_of(mark.word[mark.pair], mark.word[mark.pair + 1]);
}

template <std::size_t... kSizes>
constexpr auto joined(const Mark (&... lists)[kSizes]) {
    std::array<Mark, (kSizes + ...)> all;
    auto end = all.begin();
    ((end = std::ranges::copy(lists, end).out), ...);
    std::ranges::sort(all, {}, [](const Mark& mark) { return pair_of(mark); });
    return all;
}

/// By their pairs.
constexpr auto kMarks =
    joined(kReportFronts, kReportEnds, kFactMarks, kReleaseLabels, kPcMarks, kCrashMarks,
           kGraphMarks, kTraceMarks, kWorkMarks, kTimerMarks, kWorkqueueMarks, kReturnProbes,
           kEntryProbes, kShownMarks, kJavaStackMarks, kMarkupMarks, kPcLabels, kFaultMarks,
           kEarlyMarks, kHandlerMarks, kBccMarks, kTraceReportMarks, kPacketMarks, kCallTraceMarks);

/// English is made of these: such a pair would have its mark compared in every other line.
constexpr std::string_view kCommonPairs =
    "th he in er an re nd at on nt ha es st en ed to it ou ea hi is or ti as te et ng of al de se "
    "le sa si ar ve ra ld ur co ro ic ne me io li ck dr ";
static_assert(std::ranges::none_of(kMarks, [](const Mark& mark) {
    const auto at = kCommonPairs.find(mark.word.substr(mark.pair, 2));
    return at != std::string_view::npos && at % 3 == 0;
}));

/// What a pair of characters may be part of: marks from number N on as N + 1, or a shape, or both.
using PairTable = std::array<std::uint8_t, 65536>;
constexpr std::uint8_t kShape = 0x80;
static_assert(kMarks.size() < kShape);

constexpr PairTable make_table() {
    PairTable table{};
    for (std::size_t i = kMarks.size(); i-- > 0;) {
        table[pair_of(kMarks[i])] = static_cast<std::uint8_t>(i + 1);
    }
    const auto add_shape = [&](char first, char second) {
        table[pair_of(first, second)] |= kShape;
    };
    add_shape('[', '<');
    add_shape('0', 'x');
    add_shape('p', 'c');
    add_shape('\xc2', '\xa0');
    add_shape('&', 'l');
    add_shape('&', 'g');
    for (const char digit : std::string_view("0123456789")) {
        add_shape('#', digit);
        add_shape(digit, '%');
        add_shape(digit, ':');
    }
    for (const char digit : std::string_view("0123456789abcdefABCDEF<")) add_shape('+', digit);
    return table;
}
constexpr PairTable kTable = make_table();

bool is_mark(std::string_view line, std::size_t pair_at, const Mark& mark) {
    if (pair_at < mark.pair) return false;
    const auto from = line.substr(pair_at - mark.pair);
    return from.starts_with(mark.word) &&
           (mark.also.empty() || contains(from.substr(0, kMarkReach), mark.also));
}

bool is_any_mark(std::string_view line, std::size_t pair_at, std::size_t first) {
    const std::size_t pair = pair_of(kMarks[first]);
    for (std::size_t i = first; i < kMarks.size() && pair_of(kMarks[i]) == pair; ++i) {
        if (is_mark(line, pair_at, kMarks[i])) return true;
    }
    return false;
}

/// What may follow an offset: spaces, and what markup and quotes end with.
constexpr CharSet kAfterOffset(" \t]\\`\"'<*,&#\x1b^\xc2");

/// "+0x1f", "+125", "+4000]", "+<i>0x12</i>", and not the time zone of "22:59:50+02:00"
bool is_offset(std::string_view line, std::size_t at) {
    if (line.substr(at).starts_with('<')) return contains(line.substr(at, kMarkReach), ">0x");
    if (line.substr(at).starts_with("0x")) return true;
    auto end = at;
    while (end < line.size() && end - at < 20 && is_hex(line[end])) ++end;
    if (end == at) return false;
    return end == line.size() || kAfterOffset(line[end]);
}

/// "0x" and a kernel's address, or glibc's "[0x401136]"
bool is_raw_address(std::string_view line, std::size_t at) {
    if (at >= 3 && line[at - 2] == '[') return true;
    return at + 1 < line.size() && line[at + 1] >= '8' && is_hex(line[at + 1]);
}

/// "pc 900000000410645c ra …", "epc : ffffffff80014264 ra : …"
bool is_pc(std::string_view line, std::size_t at) {
    Cursor cursor(line, at);
    cursor.skip_spaces();
    cursor.take(':');
    cursor.skip_spaces();
    const auto address = cursor.hex();
    return address && address->digits >= 8;
}

/// "28.809952:"
bool is_event_time(std::string_view line, std::size_t colon) {
    return colon >= 8 && is_digit(line[colon - 1]) && line[colon - 7] == '.';
}

/// "[&lt;ffff…", "=&gt; vfs_read": of a web page
bool is_entity(std::string_view line, std::size_t letter) {
    const auto from = letter - 1;
    return from > 0 && line.substr(from - 1).starts_with(line[letter] == 'l' ? "[&lt;" : "=&gt; ");
}

/// Whether the character is part of something that no word introduces.
bool is_shape(std::string_view line, std::size_t at) {
    const char before = at > 0 ? line[at - 1] : '\0';
    const char after = at + 1 < line.size() ? line[at + 1] : '\0';
    switch (line[at]) {
        case '+': return is_offset(line, at + 1);
        case '<': return before == '[' && is_hex(after);
        case '#': return is_digit(after);
        // A space that does not break: words with spaces in them are other bytes then.
        case '\xa0': return before == '\xc2';
        case 'l':
        case 'g': return before == '&' && is_entity(line, at);
        case '%': return is_digit(before);
        case 'x': return before == '0' && is_raw_address(line, at);
        case 'c': return before == 'p' && is_pc(line, at + 1);
        case ':': return is_event_time(line, at);
        default: return false;
    }
}

/// "    ffffffff810df082 hrtimer_wakeup", after any prefix: an address and a name at the line's
/// end.
bool ends_with_named_address(std::string_view line) {
    constexpr std::size_t kDigits = 16;
    constexpr std::string_view kAnnotation = "_[k]";
    if (line.ends_with(kAnnotation)) line.remove_suffix(kAnnotation.size());
    auto from = line.size();
    while (from > 0 && is_symbol_char(line[from - 1])) --from;
    if (from == line.size() || from <= kDigits || line[from - 1] != ' ') return false;
    const auto digits = line.substr(from - 1 - kDigits, kDigits);
    return digits.front() >= '8' && std::ranges::all_of(digits, is_hex);
}

/// Frames whose only mark is at their end: "9e038 [unknown] (/usr/bin/perf)", an address alone.
bool has_frame_end(std::string_view line) {
    line = trimmed_right(line);
    if (line.ends_with(')') && contains(line, " (")) return true;
    // "@stacks[", after which the frames of the key stand; a "RIP:" that a mailer has cut.
    if (line.ends_with('[') || line.ends_with("IP:") || ends_with_named_address(line)) return true;
    std::size_t digits = 0;
    while (digits < 17 && digits < line.size() && is_hex(line[line.size() - 1 - digits])) ++digits;
    return digits == 16;
}

std::size_t pair_at(std::string_view line, std::size_t at) {
    std::uint16_t pair = 0;
    std::memcpy(&pair, line.data() + at, sizeof pair);
    return pair;
}

/// Whether a mark or a shape has one of the pairs from `at` on.
bool has_mark(std::string_view line, std::size_t at, std::size_t end) {
    for (; at < end; ++at) {
        const std::uint8_t found = kTable[pair_at(line, at)];
        if (found == 0) continue;
        if ((found & kShape) != 0 && (is_shape(line, at) || is_shape(line, at + 1))) return true;
        const std::size_t mark = found & ~kShape;
        if (mark != 0 && is_any_mark(line, at, mark - 1)) return true;
    }
    return false;
}

}  // namespace

std::span<const Mark> all_marks() {
    return kMarks;
}

bool Parser::may_match(std::string_view line) {
    constexpr std::size_t kRound = 8;
    const std::size_t pairs = line.empty() ? 0 : line.size() - 1;
    std::size_t at = 0;
    for (; at + kRound <= pairs; at += kRound) {
        // Most rounds have no pair of any mark; a branch for each pair costs three times as much.
        std::uint8_t any = 0;
        for (std::size_t i = at; i < at + kRound; ++i) any |= kTable[pair_at(line, i)];
        if (any != 0 && has_mark(line, at, at + kRound)) return true;
    }
    return has_mark(line, at, pairs) || has_frame_end(line);
}

bool Parser::wants(std::string_view line) const {
    return state_.in_stack || state_.shown != ShownStack::none || state_.tracer != Tracer::none ||
           state_.bcc != BccStacks::none || state_.after_trap || state_.java_stack_below ||
           may_match(line);
}

}  // namespace symline::log
