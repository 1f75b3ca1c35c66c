#include "log/prefix.h"

#include <algorithm>

#include "log/byte_scan.h"
#include "log/frame_kind.h"
#include "log/message_front.h"
#include "log/text.h"

namespace symline::log {

namespace {

using Peel = bool (*)(Cursor&);

/// "> ", ">> ", ">\t"
bool peel_quote(Cursor& at) {
    const auto from = at.at();
    while (at.take('>')) {
    }
    if (at.at() == from) return false;
    if (at.take(' ') || at.done() || !is_symbol_char(at.peek())) return true;
    at.move_to(from);
    return false;
}

/// "<4>"
bool peel_level(Cursor& at) {
    const auto from = at.at();
    if (at.take('<')) {
        const auto level = at.decimal();
        if (level && level->digits <= 3 && at.take('>')) return true;
    }
    at.move_to(from);
    return false;
}

/// "  844.569701", "57.068765 / 10-26 15:03:55.524", "2024-07-05T03:09:55,1"
bool is_time(std::string_view text) {
    bool dot = false, digit = false;
    for (const char c : text) {
        if (is_digit(c)) {
            digit = true;
            continue;
        }
        if (!is_space(c) && !contains("./:-,+T", {&c, 1})) return false;
        dot = dot || c == '.' || c == ',';
    }
    // "[...]" stands for what an author left out.
    return dot && digit && text.size() >= 3;
}

/// "Fri Jul  5 03:09:55 2024"
bool is_date(std::string_view text) {
    return text.size() >= 19 && is_letter(text.front()) &&
           std::count(text.begin(), text.end(), ':') == 2 && is_digit(text.back()) &&
           !contains(text, ": ");  // "RIP: 0010:symbol+0x18/0xd0"
}

/// After a time: " T7073", "    C1", "1", "0:  swapper/0:    0"
bool is_caller(std::string_view text) {
    text = trimmed(text);
    if (!text.empty() && (text.front() == 'T' || text.front() == 'C')) text.remove_prefix(1);
    Cursor at(text);
    if (!at.decimal()) return false;
    return at.done() || (at.take(':') && contains(at.rest(), ":"));
}

bool peel_bracket(Cursor& at) {
    const auto rest = at.rest();
    if (rest.empty() || rest.front() != '[') return false;
    const auto close = rest.substr(0, 80).find(']');
    if (close == std::string_view::npos) return false;
    const auto inside = rest.substr(1, close - 1);
    const bool after_time = at.at() > 0;
    if (!is_time(inside) && !is_date(inside) && !(after_time && is_caller(inside))) return false;
    at.move_to(at.at() + close + 1);
    at.take(' ');
    return true;
}

/// "4,1919,20661457,-;" of /dev/kmsg, with fields that newer kernels add
bool peel_kmsg(Cursor& at) {
    const auto from = at.at();
    if (at.decimal() && at.take(',') && at.decimal() && at.take(',') && at.decimal() &&
        at.take(',')) {
        const auto end = at.rest().substr(0, 64).find(';');
        if (end != std::string_view::npos && !contains(at.rest().substr(0, end), " ")) {
            at.move_to(at.at() + end + 1);
            return true;
        }
    }
    at.move_to(from);
    return false;
}

/// "MESSAGE=" of journalctl -o export
bool peel_field(Cursor& at) {
    return at.at() == 0 && at.take(kJournalField);
}

/// "** 1987 printk messages dropped ** "
bool peel_dropped(Cursor& at) {
    const auto from = at.at();
    if (at.take("** ") && at.decimal() && at.take(" printk messages dropped **")) {
        at.take(' ');
        return true;
    }
    at.move_to(from);
    return false;
}

/// "kern  :warn  : " of dmesg -x
bool peel_facility(Cursor& at) {
    const auto from = at.at();
    // The facility and the level, each padded to a column of its own.
    constexpr int kWords = 2, kMinLetters = 3, kMaxLetters = 8;
    for (int word = 0; word < kWords; ++word) {
        int letters = 0;
        while (at.peek() >= 'a' && at.peek() <= 'z') at.move_to(at.at() + 1), ++letters;
        while (is_digit(at.peek())) at.move_to(at.at() + 1);
        at.skip_spaces();
        if (letters < kMinLetters || letters > kMaxLetters || !at.take(':')) {
            at.move_to(from);
            return false;
        }
    }
    at.take(' ');
    return true;
}

/// "20:37:40", "20:37:40.123", "22:59:50.819113+02:00"
bool read_clock(Cursor& at) {
    for (int part = 0; part < 3; ++part) {
        const auto number = at.decimal();
        if (!number || number->digits > 2 || (part < 2 && !at.take(':'))) return false;
    }
    while (is_digit(at.peek()) || (at.peek() != '\0' && contains(".,:+-Z", at.rest().substr(0, 1))))
        at.move_to(at.at() + 1);
    return is_space(at.peek());
}

/// "2024-09-20T22:59:50.8" or "Tue Jan 10 12:24:53 2023" or "ott 25 09:07:35": month names are
/// whatever the locale calls them.
bool read_date_and_clock(Cursor& at) {
    const auto from = at.at();
    if (at.decimal() && at.take('-') && at.decimal() && at.take('-') && at.decimal() &&
        (at.take('T') || at.take(' ')) && read_clock(at))
        return true;
    at.move_to(from);
    for (int words = 0; words < 2; ++words) {
        const auto name = at.word();
        if (name.size() < 2 || name.size() > 16 || is_digit(name.front())) break;
        at.skip_spaces();
        const auto here = at.at();
        const auto day = at.decimal();
        at.take('.');
        if (day && day->digits <= 2 && at.skip_spaces() > 0) {
            if (!read_clock(at)) break;
            const auto after_day = at.at();
            at.skip_spaces();
            const auto year = at.decimal();
            if (!year || year->digits != 4 || !is_space(at.peek())) at.move_to(after_day);
            return true;
        }
        at.move_to(here);
    }
    at.move_to(from);
    return false;
}

/// Words that end in a colon and yet belong to the message: "RIP:", "BUG:", "Code:", "pc:".
bool is_message_word(std::string_view word) {
    return word.size() < 2 || word == "Code:" || is_message_label(word) ||
           is_digit(word[word.size() - 2]);
}

/// "host kernel: ", "(none) kern.warn kernel: ", "host systemd-coredump[123]: "
bool peel_syslog(Cursor& at) {
    if (!contains(at.rest(), ":")) return false;
    const auto from = at.at();
    if (!read_date_and_clock(at)) {
        at.move_to(from);
        return false;
    }
    const auto after_clock = at.at();
    for (int words = 0; words < 4; ++words) {
        at.skip_spaces();
        const auto rest = at.rest();
        if (begins_message(rest)) break;
        const auto word = at.word();
        if (word.empty() || word.size() > 256) break;
        if (word.back() == ':' && !is_message_word(word)) {
            // A mark may be glued to a message's own word: "##[error]Code:".
            const auto front = find_message_front(rest, 0, word.size());
            if (front < word.size()) {
                at.move_to(at.at() - word.size() + front);
            } else {
                at.take(' ');
            }
            return true;
        }
    }
    at.move_to(after_clock);
    at.take(' ');
    return true;
}

/// A printk time somewhere in the line: after a prompt, after a container's name, or where the text
/// of two writers met. It is only looked for near the start, and not after a frame.
std::size_t glued_time(std::string_view line) {
    const auto head = line.substr(0, 512);
    for (auto open = head.find('['); open != std::string_view::npos;
         open = head.find('[', open + 1)) {
        if (contains(head.substr(0, open), "+0x")) return 0;
        Cursor at(head, open + 1);
        at.skip_spaces();
        if (!at.decimal() || !at.take('.')) continue;
        const auto fraction = at.decimal();
        if (fraction && fraction->digits == 6 && at.take(']')) return open;
    }
    return 0;
}

}  // namespace

std::size_t prefix_size(std::string_view line) {
    // Every layer has one of these, and a tracer's frames have none.
    if (!contains_any<'[', ':', '<', '>', ';', '*', '='>(line)) return 0;
    constexpr Peel kPeels[] = {peel_level,    peel_bracket, peel_kmsg,  peel_dropped,
                               peel_facility, peel_field,   peel_syslog};
    // Each round takes a layer off; more than these are no log.
    constexpr int kMaxLayers = 24;
    Cursor at(line, glued_time(line));
    for (int layer = 0; layer < kMaxLayers; ++layer) {
        const auto from = at.at();
        // A quote mark follows other quote marks only; elsewhere ">" is the message's.
        bool peeled = (layer == 0 || line[from == 0 ? 0 : from - 1] == ' ') && peel_quote(at);
        for (const auto peel : kPeels) peeled = peeled || peel(at);
        if (peeled) continue;
        // Spaces between two layers are the prefix's; in front of the message they are its own.
        at.skip_spaces();
        bool more = false;
        for (const auto peel : {peel_level, peel_bracket, peel_syslog}) more = more || peel(at);
        if (!more) {
            at.move_to(from);
            break;
        }
    }
    return at.at();
}

}  // namespace symline::log
