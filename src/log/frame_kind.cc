#include "log/frame_kind.h"

#include <algorithm>

#include "log/text.h"

namespace symline::log {

namespace {

/// A word in front of a symbol, and the word before it where that matters.
struct Label {
    std::string_view word;
    std::string_view earlier;
    Kind kind;
};
/// All other words introduce return addresses.
constexpr Label kLabels[] = {
    {"RIP", "", Kind::exact},
    {"rIP", "", Kind::exact},  // of "unchecked MSR access error"
    {"rip", "", Kind::exact},
    {"EIP", "", Kind::exact},
    {"eip", "", Kind::exact},
    {"IP", "", Kind::exact},
    {"ip", "", Kind::exact},
    {"PC", "", Kind::exact},
    {"pc", "", Kind::exact},
    {"epc", "", Kind::exact},
    {"NIP", "", Kind::exact},
    {"PSW", "", Kind::exact},
    {"ERA", "", Kind::exact},
    {"era", "", Kind::exact},
    {"hint", "", Kind::exact},
    {"Breaking-Event-Address", "", Kind::exact},
    {"ENDBR", "Missing", Kind::exact},
    {"at", "idling", Kind::exact},
    {"at", "kprobe", Kind::exact},
    {"at", "failure", Kind::exact},  // CFI failure at
    {"at", "op", Kind::exact},       // of jump labels: unexpected op at
    {"lr", "", Kind::call},
    {"LR", "", Kind::call},
    {"ra", "", Kind::call},
    {"caller", "", Kind::call},
};

std::optional<Kind> kind_of_label(std::string_view word, std::string_view earlier) {
    for (const Label& label : kLabels) {
        if (label.word == word && (label.earlier.empty() || label.earlier == earlier))
            return label.kind;
    }
    return std::nullopt;
}

/// Takes " [<ADDRESS>]", " [ADDRESS]", " ADDRESS" or " 0xADDRESS :" off the end of `before`.
bool take_address(std::string_view& before, FrameWords& words) {
    auto text = trimmed_right(before);
    if (text.ends_with(" :")) text = trimmed_right(text.substr(0, text.size() - 1));
    auto inside = text;
    const bool bracket = inside.ends_with(']');
    if (bracket) inside.remove_suffix(1);
    if (bracket && inside.ends_with('>')) inside.remove_suffix(1);
    auto from = inside.size();
    while (from > 0 && inside.size() - from < 18 && is_hex(inside[from - 1])) --from;
    Cursor digits(inside, from);
    const auto address = digits.hex();
    if (!address || address->digits < 8) return false;
    if (from >= 2 && inside.substr(from - 2, 2) == "0x") from -= 2;
    if (bracket && from > 0 && inside[from - 1] == '<') --from;
    if (bracket) {
        if (from == 0 || inside[from - 1] != '[') return false;
        --from;
    }
    if (!bracket && from > 0 && !is_space(inside[from - 1])) return false;
    if (!words.address && is_kernel_address(*address)) words.address = address->value;
    if (!words.address && !is_hashed(*address) && bracket) words.address = address->value;
    if (bracket) words.in_brackets = true, words.bracket_at = from;
    before = text.substr(0, from);
    return true;
}

/// "0010:" of "RIP: 0010:symbol"
void take_segment(std::string_view& before) {
    if (before.size() < 5 || before.back() != ':') return;
    const auto digits = before.substr(before.size() - 5, 4);
    if (std::all_of(digits.begin(), digits.end(), is_hex)) before.remove_suffix(5);
}

/// Of mce's "RIP 10:<ffffffff81455578> {symbol}" and "RIP !INEXACT! 10:<…> {symbol}".
bool is_machine_check(std::string_view before, FrameWords& words) {
    if (!before.ends_with('{')) return false;
    const auto open = before.rfind('<');
    if (open == std::string_view::npos || !contains(before.substr(0, open), "RIP ")) return false;
    Cursor at(before, open + 1);
    const auto address = at.hex();
    if (!address || !at.take("> {") || !at.done()) return false;
    if (is_kernel_address(*address)) words.address = address->value;
    return true;
}

/// "--- interrupt: 901 at", until Linux 4.9 or so "--- Exception: 901 at": ppc's saved registers
bool is_interrupt_line(std::string_view label) {
    return label.starts_with("--- ") && label.ends_with(" at") &&
           (label.starts_with("--- interrupt: ") || label.starts_with("--- Exception: "));
}

/// "hardirqs last  enabled at (76609499):" of lockdep
bool is_irq_event(std::string_view label) {
    return label.ends_with(')') && contains(label, "irqs last ") && contains(label, "abled at (");
}

/// The kind that the label in front gives, if it is one.
std::optional<Kind> label_kind(std::string_view label, std::string_view line,
                               std::string_view after, FrameWords& words) {
    const bool colon = label.ends_with(':');
    if (colon || label.ends_with('=')) label = trimmed_right(label.substr(0, label.size() - 1));
    const auto word = last_word(label);
    const auto earlier = last_word(trimmed_right(label.substr(0, label.size() - word.size())));
    if (word == "at" && colon) return earlier == "key" ? std::optional(Kind::exact) : std::nullopt;
    if (const auto kind = kind_of_label(word, earlier)) return kind;
    // "PC is at", "LR is at"
    if (word == "at" && earlier == "is") {
        const auto subject = label.substr(0, label.size() - std::min(label.size(), std::size_t{6}));
        return kind_of_label(last_word(subject), {}).value_or(Kind::exact);
    }
    if (is_interrupt_line(label)) return Kind::exact;
    if (is_irq_event(label)) return Kind::call;
    // Until Linux 4.5 the warning named its caller's address, and "()" followed it.
    const auto head = line.substr(0, 640);
    if (contains(head, "WARNING:") && !after.starts_with("()")) {
        words.of_warning = true;
        return Kind::exact;
    }
    // A fault of guarded memory is reported with the registers' pc.
    if (word == "in" && contains(head, "BUG: KFENCE: ") && !contains(head, "corruption in") &&
        !contains(head, "free in"))
        return Kind::exact;
    return std::nullopt;
}

/// " (T)", " (PK)": where arm64's unwinder has the pc from; P is the pc of saved registers.
bool is_saved_pc(std::string_view after) {
    if (!after.starts_with(" (")) return false;
    const auto flags = after.substr(2, after.substr(0, 8).find(')') - 2);
    return after.substr(0, 8).find(')') != std::string_view::npos &&
           std::all_of(flags.begin(), flags.end(), is_upper) && contains(flags, "P");
}

}  // namespace

bool is_label(std::string_view word) {
    return kind_of_label(word, {}).has_value();
}

bool is_message_label(std::string_view word) {
    if (word.size() < 2 || word.back() != ':') return false;
    return is_upper(word[word.size() - 2]) || is_label(word.substr(0, word.size() - 1));
}

FrameWords frame_words(std::string_view line, std::size_t begin, const SymbolText& symbol) {
    FrameWords words;
    // No label is longer than this; a long line must not be read again for each of its symbols.
    constexpr std::size_t kMaxLabel = 256;
    auto from = symbol.span.offset > kMaxLabel ? symbol.span.offset - kMaxLabel : 0;
    if (begin <= symbol.span.offset) from = std::max(from, begin);
    auto before = line.substr(from, symbol.span.offset - from);
    const auto after = line.substr(symbol.span.end());
    const bool uncertain = trimmed_right(before).ends_with('?');
    if (uncertain)
        before = trimmed_right(trimmed_right(before).substr(0, trimmed_right(before).size() - 1));
    words.in_parentheses = before.ends_with('(');
    if (words.in_parentheses) before.remove_suffix(1);
    take_segment(before);
    for (int times = 0; times < 3 && take_address(before, words);) ++times;
    // "tramp: 0xffffffffc0718000 (handler+0x0/0x10)": an object and its function, two addresses.
    const bool of_object = words.in_parentheses && symbol.offset == 0 && !words.in_brackets;
    if (of_object) words.address.reset();
    words.bracket_at += from;
    before = trimmed_right(before);
    take_segment(before);
    before = trimmed_right(before);
    // s390 puts what its unwinder is not sure of in parentheses, address and all.
    const bool s390_uncertain = before.ends_with('(') && after.starts_with(')') && words.address;
    const auto kind = is_machine_check(before, words) ? std::optional(Kind::exact)
                                                      : label_kind(before, line, after, words);
    if (kind) {
        words.labelled = true;
        words.kind = *kind;
    }
    const auto remark = trimmed(after.substr(0, 32));
    if (uncertain || s390_uncertain || remark.starts_with("(unreliable)") ||
        remark.starts_with("(inexact)"))
        words.kind = Kind::unreliable;
    // Of a frame at a function's start the code has to tell: the call before may not return.
    words.alone = !words.labelled && (before.empty() || before.ends_with(" from")) &&
                  (remark.empty() || s390_uncertain || remark.starts_with('('));
    const bool at_start = symbol.offset == 0 && (!words.alone || words.kind != Kind::call);
    if (is_saved_pc(after) || at_start) words.kind = Kind::exact;
    return words;
}

}  // namespace symline::log
