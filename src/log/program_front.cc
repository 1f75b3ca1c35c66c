#include <algorithm>

#include "log/crash_reports.h"
#include "log/message_front.h"
#include "log/text.h"

namespace symline::log {

namespace {

/// Prefixes are shorter.
constexpr std::size_t kMaxFront = 256;

/// What follows "#N " of a program's frame: "pc 000000000004f1ac  /system/lib64/libc.so
/// (abort+164)", "0x00007fd39c3195eb f (libcrash.so + 0x15eb)", "0x7f… in f () from
/// /lib/libc.so.6", "f <null> (exe+0x4a2b1)".
bool is_place(std::string_view rest) {
    // Names, signatures and paths; what is longer is no frame.
    constexpr std::size_t kMaxFrame = 16384;
    rest = rest.substr(0, kMaxFrame);
    Cursor at(rest);
    if (at.take("pc ")) {
        at.skip_spaces();
        const auto address = at.any_hex();
        return address && address->digits >= 8 && is_space(at.peek());
    }
    const bool closed = trimmed_right(rest).ends_with(')');
    if (at.prefixed_hex() && is_space(at.peek())) {
        const auto text = at.rest();
        return (closed && (contains(text, "+0x") || contains(text, " + 0x"))) ||
               (text.starts_with(" in ") && contains(text, " from /"));
    }
    return closed && contains(rest, " <null> (") && contains(rest, "+0x");
}

/// "#0  0x…"
bool begins_numbered_frame(std::string_view text) {
    Cursor at(text);
    if (!at.take('#')) return false;
    const auto number = at.decimal();
    return number && number->digits <= 4 && at.skip_spaces() != 0 && is_place(at.rest());
}

/// Java's "C  [libfoo.so+0x15de0]  f+0x4", after the "# " of the report's first lines or without.
std::size_t find_java_frame(std::string_view line, std::size_t from, std::string_view word) {
    const auto at = line.find(word, from);
    if (at == std::string_view::npos || (at > from && !is_space(line[at - 1])))
        return std::string_view::npos;
    const auto inside = line.substr(at, line.substr(at).find(']'));
    if (!contains(inside, "+0x")) return std::string_view::npos;
    return line.substr(from, at - from).ends_with("# ") ? at - 2 : at;
}

}  // namespace

std::size_t find_program_frame(std::string_view line, std::size_t from) {
    const auto head = line.substr(0, std::min(line.size(), from + kMaxFront));
    for (auto at = head.find('#', from); at != std::string_view::npos;
         at = head.find('#', at + 1)) {
        const bool apart = at == from || is_space(line[at - 1]);
        if (apart && begins_numbered_frame(line.substr(at))) return at;
    }
    if (const auto at = head.find(kPythonFrame, from); at != std::string_view::npos) return at;
    for (const std::string_view word : {kJavaLibrary, kJavaMachine}) {
        const auto at = find_java_frame(head, from, word);
        if (at != std::string_view::npos) return at;
    }
    return std::string_view::npos;
}

}  // namespace symline::log
