#include "log/report_facts.h"

#include <algorithm>

#include "log/release_names.h"
#include "log/text.h"

namespace symline::log {

namespace {

/// The kernel prints headers far shorter than this; beyond it nothing is looked for.
constexpr std::size_t kMaxHeader = 4096;

/// "Kernel Offset: 0x1a000000 from 0xffffffff81000000 …", "Kernel Offset: disabled"
void read_kaslr(std::string_view message, Facts& facts) {
    Cursor at(message);
    if (!at.take(kOffsetLabel)) return;
    if (at.take("disabled")) facts.kaslr_offset = 0;
    if (const auto offset = at.prefixed_hex()) facts.kaslr_offset = offset->value;
}

/// FILE:LINE at the start of `text`, followed by a space, '!' or nothing.
bool read_file_line(std::string_view text, Facts& facts) {
    const auto word = text.substr(0, std::min(text.find_first_of(" !"), text.size()));
    const auto colon = word.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    Cursor at(word, colon + 1);
    const auto line = at.decimal();
    if (!line || !at.done() || line->value == 0 || line->value > 0xffffffff) return false;
    if (!contains(word.substr(0, colon), ".")) return false;
    facts.warning_file = word.substr(0, colon);
    facts.warning_line = static_cast<std::uint32_t>(line->value);
    return true;
}

/// "WARNING: CPU: 2 PID: 1194 at net/xfrm/xfrm_state.c:2381 …", "WARNING: at FILE:LINE …",
/// "WARNING: fs/buffer.c:1183 at …", "kernel BUG at mm/slub.c:419!"
void read_warning(std::string_view message, Facts& facts) {
    if (message.starts_with(kBug)) {
        read_file_line(message.substr(kBug.size()), facts);
        return;
    }
    if (!message.starts_with(kWarning) || read_file_line(message.substr(kWarning.size()), facts))
        return;
    // A task's name may hold " at " too.
    for (auto at = message.find(" at "); at != std::string_view::npos;
         at = message.find(" at ", at + 1)) {
        if (read_file_line(message.substr(at + 4), facts)) return;
    }
}

/// Where a parenthesis closes that does not open in the text.
std::size_t unmatched_parenthesis(std::string_view text) {
    const auto close = text.rfind(')');
    if (close == std::string_view::npos) return close;
    const auto before = text.substr(0, close).find_last_of("()");
    const bool is_opened = before != std::string_view::npos && text[before] == '(';
    return is_opened ? std::string_view::npos : close;
}

/// "Code: 48 83 <48> …", "Code: aa0103e1 (f9400021)", and not "Code: Unable to access opcode
/// bytes".
void read_code(const LineContext& line, Facts& facts) {
    Cursor at(line.message);
    if (!at.take(kCodeLabel)) return;
    facts.is_code = true;
    const auto from = at.at();
    if (!at.take('<')) at.take('(');
    const auto first = at.hex();
    if (!first || first->digits < 2 || first->digits % 2 != 0) return;
    if (!at.done() && !is_space(at.peek()) && at.peek() != '>' && at.peek() != ')') return;
    // Markup and other columns may follow: "`", "</pre>", a JSON string's end, "|", ")".
    const auto rest = line.message.substr(from);
    const auto end = std::min({rest.find_first_of("\"'`\\*,;|&[]{}\t"), rest.find("</"),
                               rest.find("<br"), unmatched_parenthesis(rest)});
    facts.code_text = trimmed_right(rest.substr(0, end));
    facts.code_bytes = {line.start() + from, facts.code_text.size()};
}

/// After "Module ": "libc.so.6 with build-id 93ac…", until systemd 249 "libc.so.6 with build-id:
/// 93ac…", since 257 or so "libc.so.6 from deb glibc-2.41-12.amd64, build-id=93ac…".
std::optional<UserModule> read_module(std::string_view text) {
    const auto with = text.find(kWithBuildId), has = text.find(kHasBuildId);
    const auto end = std::min(with, has);
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    Cursor at(text, end + (with < has ? kWithBuildId.size() : kHasBuildId.size()));
    at.take(':');
    at.skip_spaces();
    const auto id = at.word();
    if (id.size() < 16 || !std::ranges::all_of(id, is_hex)) return std::nullopt;
    auto name = text.substr(0, end);
    if (has < with) name = name.substr(0, name.find(" from "));
    return UserModule{name, id, {}};
}

/// One, or all those of a message that a logger made one line of.
void read_modules(std::string_view message, Facts& facts) {
    constexpr std::string_view kWord = "odule ";
    for (auto at = message.find(kWord); at != std::string_view::npos;) {
        const auto text = message.substr(at + kWord.size());
        const auto next = text.find(kWord);
        if (const auto module = read_module(text.substr(0, next)))
            facts.user_modules.push_back(*module);
        at = next == std::string_view::npos ? next : at + kWord.size() + next;
    }
}

/// What coredumpctl says of a core: "Executable: /usr/bin/x", "Process 7 (x) of user 0 dumped
/// core.", its modules.
void read_core(std::string_view message, Facts& facts) {
    Cursor at(message);
    if (at.take(kProgramLabel)) {
        facts.user_file = message.substr(at.at() - 1);
        facts.begins_core = true;
        return;
    }
    facts.begins_core =
        message.starts_with(kDumpedLabel) && contains(message.substr(0, kMarkReach), kDumped);
    if (facts.begins_core || at.take("Module ") || at.take("Found module "))
        read_modules(message, facts);
}

/// The lines of a report that name the kernel stand above its stack. Whatever is in front, such as
/// a JSON string's beginning, no other line of a report holds these words.
bool begins_stack(std::string_view line) {
    // Each line is asked: the words are looked for by first letters that frames rarely have.
    constexpr std::string_view kCall = "Call ";
    for (auto at = line.find(kCall); at != std::string_view::npos; at = line.find(kCall, at + 1)) {
        const auto rest = line.substr(at + kCall.size());
        if (rest.starts_with("Trace:") || rest.starts_with("trace:")) return true;
    }
    return contains(line, "-[ cut here ]");
}

bool begins_report(std::string_view message) {
    if (message.empty()) return false;
    static constexpr auto kFirst = CharSet::first_of(kReportFronts, &Mark::word);
    const auto begins = [&](const Mark& front) { return message.starts_with(front.word); };
    const auto ends = [&](const Mark& end) { return message.ends_with(end.word); };
    return (kFirst(message.front()) && std::ranges::any_of(kReportFronts, begins)) ||
           (message.back() == '>' && std::ranges::any_of(kReportEnds, ends));
}

}  // namespace

bool read_place(std::string_view message, Facts& facts) {
    return read_file_line(message.substr(0, kMaxHeader), facts);
}

void read_facts(const LineContext& line) {
    auto& facts = line.result.facts;
    const auto message = line.message.substr(0, kMaxHeader);
    read_release(message, facts);
    read_kaslr(message, facts);
    read_warning(message, facts);
    read_code(line, facts);
    read_core(message, facts);
    facts.begins_report = begins_report(message);
    facts.begins_stack = begins_stack(line.line.substr(0, kMaxHeader));
}

}  // namespace symline::log
