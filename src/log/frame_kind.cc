#include "log/frame_kind.h"

#include <algorithm>

#include "log/text.h"

namespace symline::log {

namespace {

/// The words in front of a program counter; "lr", "ra", "LR", "caller" and all others introduce
/// return addresses.
bool names_program_counter(std::string_view word) {
    constexpr std::string_view kNames[] = {"RIP", "EIP", "IP",   "PC",
                                           "pc",  "epc", "NIP",  "PSW",
                                           "ERA", "era", "hint", "Breaking-Event-Address"};
    return std::find(std::begin(kNames), std::end(kNames), word) != std::end(kNames);
}

bool names_return_address(std::string_view word) {
    return word == "lr" || word == "LR" || word == "ra" || word == "caller";
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

/// The kind that the label in front gives, if it is one.
std::optional<Kind> label_kind(std::string_view label, std::string_view line,
                               std::string_view after) {
    const bool colon = label.ends_with(':');
    if (colon) label = trimmed_right(label.substr(0, label.size() - 1));
    const auto word = last_word(label);
    if (names_program_counter(word)) return Kind::exact;
    if (names_return_address(word)) return Kind::call;
    const auto earlier = last_word(trimmed_right(label.substr(0, label.size() - word.size())));
    if (word == "at" && colon) return earlier == "key" ? std::optional(Kind::exact) : std::nullopt;
    // "PC is at", "LR is at", "idling at", "kprobe at"
    if (word == "at" && earlier == "is") {
        const auto subject = label.substr(0, label.size() - std::min(label.size(), std::size_t{6}));
        return names_return_address(last_word(subject)) ? Kind::call : Kind::exact;
    }
    if (word == "at" && (earlier == "idling" || earlier == "kprobe")) return Kind::exact;
    // Until Linux 4.5 the warning named its caller's address, and "()" followed it.
    if (contains(line.substr(0, 640), "WARNING:") && !after.starts_with("()")) return Kind::exact;
    // A fault of guarded memory is reported with the registers' pc.
    if (word == "in" && contains(line.substr(0, 640), "BUG: KFENCE: ") &&
        !contains(line.substr(0, 640), "corruption in") &&
        !contains(line.substr(0, 640), "free in"))
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
    if (const auto kind = label_kind(before, line, after)) {
        words.labelled = true;
        words.kind = *kind;
    }
    const auto remark = trimmed(after.substr(0, 32));
    if (uncertain || s390_uncertain || remark.starts_with("(unreliable)") ||
        remark.starts_with("(inexact)"))
        words.kind = Kind::unreliable;
    if (is_saved_pc(after) || symbol.offset == 0) words.kind = Kind::exact;
    return words;
}

}  // namespace symline::log
