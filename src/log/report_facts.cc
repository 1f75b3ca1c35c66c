#include "log/report_facts.h"

#include <algorithm>

#include "log/text.h"

namespace symline::log {

namespace {

/// The kernel prints headers far shorter than this; beyond it nothing is looked for.
constexpr std::size_t kMaxHeader = 4096;

/// "Linux version 6.1.0-56-cloud-amd64 (debian-kernel@…) …"
void read_boot(std::string_view message, Facts& facts) {
    Cursor at(message);
    if (!at.take(kBootLabel) || !is_digit(at.peek())) return;
    facts.release = at.word();
    facts.begins_boot = true;
}

/// "… Not tainted 6.1.0-44-amd64 #1 Debian …": the word before " #N" after the task's name, which
/// may hold anything; with build ids the last word is vmlinux's.
void read_cpu_line(std::string_view message, Facts& facts) {
    if (!contains(message, ":")) return;
    const auto pid = std::min(message.find("PID: "), message.find("Pid: "));
    if (pid == std::string_view::npos || (message.find("omm: ", pid) == std::string_view::npos))
        return;
    const auto taint = message.rfind("ainted");
    if (taint == std::string_view::npos || taint < pid) return;
    for (auto mark = message.find(" #", taint); mark != std::string_view::npos;
         mark = message.find(" #", mark + 2)) {
        const auto word = last_word(trimmed_right(message.substr(0, mark)));
        if (mark + 2 >= message.size() || !is_digit(message[mark + 2])) continue;
        if (word.empty() || !is_digit(word.front()) || !contains(word, ".")) continue;
        facts.release = word;
        break;
    }
    const auto id = last_word(message);
    if (!facts.release.empty() && id.size() >= 32 && std::all_of(id.begin(), id.end(), is_hex))
        facts.kernel_build_id = id;
}

/// Whether a text can be what precedes the first word of a message: nothing, or a prefix and the
/// message's indentation.
bool can_precede(std::string_view text) {
    const auto prefix = trimmed_right(text);
    return prefix.empty() || !is_letter(prefix.back()) || text.size() - prefix.size() > 1;
}

/// "6.1.0-44-amd64" in front of " #N" at `mark`.
std::string_view release_before(std::string_view text, std::size_t mark) {
    if (mark == std::string_view::npos || mark + 2 >= text.size() || !is_digit(text[mark + 2]))
        return {};
    const auto word = last_word(trimmed_right(text.substr(0, mark)));
    const bool is_release = !word.empty() && is_digit(word.front()) && contains(word, ".");
    return is_release ? word : std::string_view();
}

/// The kernel before or after the taint, where no task is named. Of a hung task:
/// "      Not tainted 6.1.0-44-amd64 #1 Debian …"; of lockdep and RCU: "6.1.0-44-amd64 #1 Not
/// tainted".
void read_taint_line(std::string_view message, Facts& facts) {
    if (!contains(message, " #")) return;
    const auto taint = std::min(message.find("Not tainted"), message.find("Tainted: "));
    if (taint == std::string_view::npos) return;
    const auto before = trimmed_right(message.substr(0, taint));
    // "#44~22.04.1-Ubuntu"
    const auto version = last_word(before);
    if (version.starts_with('#') && version.size() < before.size())
        facts.release = release_before(before, before.size() - version.size() - 1);
    if (facts.release.empty() && can_precede(message.substr(0, taint)))
        facts.release = release_before(message, message.find(" #", taint));
}

/// "6.1.0-44-amd64" and not "6.1": what people write is no name of a file.
bool is_full_release(std::string_view word) {
    return !word.empty() && is_digit(word.front()) && std::ranges::count(word, '.') >= 2;
}

/// Of perf's header, a dump's notes, crash, and bug reports: "# os release : 6.1.0-44-amd64",
/// "Kernel: Linux 6.1.0-44-amd64 (SMP w/8 CPU threads)", uname's "Linux host 6.1.0-44-amd64 #1
/// SMP".
void read_named_release(std::string_view message, Facts& facts) {
    // Their first letters: most messages begin with another one.
    static constexpr auto kFirst = CharSet::first_of(kReleaseLabels, &Mark::word);
    if (message.empty() || !(kFirst(message.front()) || message.starts_with(kUname))) return;
    for (const Mark& label : kReleaseLabels) {
        if (!message.starts_with(label.word)) continue;
        const auto word = Cursor(message, label.word.size()).word();
        if (is_full_release(word)) facts.release = word;
        return;
    }
    Cursor at(message.substr(0, kMarkReach));
    if (!at.take(kUname) || at.word().empty() || at.skip_spaces() != 1) return;
    const auto word = at.word();
    if (is_full_release(word) && at.take(" #") && is_digit(at.peek())) facts.release = word;
}

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
    // Markup may follow: "`", "</pre>", a JSON string's end.
    const auto rest = line.message.substr(from);
    const auto end = std::min({rest.find_first_of("\"'`\\*,"), rest.find("</"), rest.find("<br")});
    facts.code_text = trimmed_right(rest.substr(0, end));
    facts.code_bytes = {line.start() + from, facts.code_text.size()};
}

/// What coredumpctl says of a core: "Executable: /usr/bin/x", "Process 7 (x) of user 0 dumped
/// core.", "Module libc.so.6 with build-id 93ac…", until systemd 249 "Found module libc.so.6 with
/// build-id: 93ac…".
void read_core(std::string_view message, Facts& facts) {
    Cursor at(message);
    if (at.take(kProgramLabel)) {
        facts.user_file = message.substr(at.at() - 1);
        facts.begins_core = true;
        return;
    }
    facts.begins_core = message.starts_with(kDumpedLabel) && contains(message, kDumped);
    if (!at.take("Module ") && !at.take("Found module ")) return;
    const auto end = message.find(kWithBuildId, at.at());
    if (end == std::string_view::npos || end == at.at()) return;
    const auto name = message.substr(at.at(), end - at.at());
    at.move_to(end + kWithBuildId.size());
    at.take(':');
    const auto id = at.take(' ') ? trimmed(at.rest()) : std::string_view();
    if (id.size() < 16 || !std::all_of(id.begin(), id.end(), is_hex)) return;
    facts.user_file = name;
    facts.user_build_id = id;
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
    read_boot(message, facts);
    read_cpu_line(message, facts);
    if (facts.release.empty()) read_taint_line(message, facts);
    if (facts.release.empty()) read_named_release(message, facts);
    read_kaslr(message, facts);
    read_warning(message, facts);
    read_code(line, facts);
    read_core(message, facts);
    facts.begins_report = begins_report(message);
    facts.begins_stack = begins_stack(line.line.substr(0, kMaxHeader));
}

}  // namespace symline::log
