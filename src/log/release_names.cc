#include "log/release_names.h"

#include <algorithm>

#include "log/text.h"

namespace symline::log {

namespace {

/// "Linux version 6.1.0-56-cloud-amd64 (debian-kernel@…) …"
void read_boot(std::string_view message, Facts& facts) {
    Cursor at(message);
    if (!at.take(kBootLabel) || !is_digit(at.peek())) return;
    facts.release = at.word();
    facts.begins_boot = true;
}

/// "CPU: 0 PID: 0" is the only process until the kernel has patched its code.
bool is_not_first_process(std::string_view message, std::size_t pid) {
    constexpr std::string_view kProcessor = "CPU: ", kProcess = "PID: ";
    const auto number_at = [&](std::size_t at) {
        const auto number = Cursor(message, at).decimal();
        return number ? number->value : 0;
    };
    const auto processor = message.rfind(kProcessor, pid);
    return number_at(pid + kProcess.size()) != 0 ||
           (processor != std::string_view::npos && number_at(processor + kProcessor.size()) != 0);
}

/// "… Not tainted 6.1.0-44-amd64 #1 Debian …": the word before " #N" after the task's name, which
/// may hold anything; with build ids the last word is vmlinux's.
void read_cpu_line(std::string_view message, Facts& facts) {
    if (!contains(message, ":")) return;
    const auto pid = std::min(message.find("PID: "), message.find("Pid: "));
    if (pid == std::string_view::npos || (message.find("omm: ", pid) == std::string_view::npos))
        return;
    facts.has_started = is_not_first_process(message, pid);
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

/// "6.1.0-44-amd64" and neither "6.1" nor "22.04.1": what people write is no name of a file.
bool is_full_release(std::string_view word) {
    return word.size() > 2 && is_digit(word[0]) && word[1] == '.' &&
           std::ranges::count(word, '.') >= 2;
}

/// What quotes, brackets and sentences put after a word.
std::string_view bare_word(std::string_view text) {
    const auto word = text.substr(0, text.find_first_of(" \t\"'`;<\\"));
    return word.substr(0, word.find_last_not_of(".,)") + 1);
}

bool begins_word(std::string_view text, std::size_t at) {
    return at == 0 || (!is_letter(text[at - 1]) && !is_digit(text[at - 1]) && text[at - 1] != '_');
}

/// "6.1" somewhere: far fewer lines have that than any of the labels' words.
bool may_have_release(std::string_view message) {
    for (auto dot = message.find('.'); dot != std::string_view::npos;
         dot = message.find('.', dot + 1)) {
        if (dot == 0 || dot + 1 == message.size()) continue;
        if (is_digit(message[dot - 1]) && is_digit(message[dot + 1]) &&
            begins_word(message, dot - 1))
            return true;
    }
    return false;
}

/// Of "(hd0,gpt2)/boot/vmlinuz-6.1.0-44-amd64"
std::string_view after_vmlinuz(std::string_view path) {
    constexpr std::string_view kFile = "/vmlinuz-";
    const auto at = path.rfind(kFile);
    return at == std::string_view::npos ? std::string_view() : path.substr(at + kFile.size());
}

/// What stands after the label, wherever that is in the message.
std::string_view release_after(std::string_view message, std::string_view label) {
    for (auto at = message.find(label); at != std::string_view::npos;
         at = message.find(label, at + 1)) {
        if (!begins_word(message, at)) continue;
        // Markup may stand between: "**Kernel:** `6.1.0-44-amd64`".
        const auto word_at = message.find_first_not_of(" \t*`\"'", at + label.size());
        if (word_at == std::string_view::npos) continue;
        Cursor rest(message, word_at);
        rest.take("Linux ");
        auto word = bare_word(rest.rest());
        if (label == kBootImage) word = after_vmlinuz(word);
        if (is_full_release(word)) return word;
    }
    return {};
}

/// uname -a, after a prompt or a label too: "Linux host 6.1.0-44-amd64 #1 SMP".
std::string_view release_of_uname(std::string_view message) {
    for (auto at = message.find(kUname); at != std::string_view::npos;
         at = message.find(kUname, at + 1)) {
        if (!begins_word(message, at)) continue;
        Cursor rest(message, at + kUname.size());
        if (rest.word().empty() || rest.skip_spaces() != 1) continue;
        const auto word = rest.word();
        if (is_full_release(word) && rest.take(" #") && is_digit(rest.peek())) return word;
    }
    return {};
}

std::string_view labelled_release(std::string_view message) {
    for (const Mark& label : kReleaseLabels) {
        if (const auto found = release_after(message, label.word); !found.empty()) return found;
    }
    return release_of_uname(message);
}

}  // namespace

void read_release(std::string_view message, Facts& facts) {
    read_boot(message, facts);
    read_cpu_line(message, facts);
    if (facts.release.empty()) read_taint_line(message, facts);
    if (facts.release.empty() && may_have_release(message))
        facts.release = labelled_release(message);
}

}  // namespace symline::log
