#include "log/call_traces.h"

#include <algorithm>

#include "log/symbol_text.h"
#include "log/text.h"

namespace symline::log {

namespace {

/// Results and places are shorter.
constexpr std::size_t kMaxLine = 4096;

/// Whether the character belongs to the marks in front: "!", "*", and a wavy line of Unicode.
bool is_result_mark(char c) {
    return c == '!' || c == '*' || is_space(c) || static_cast<unsigned char>(c) >= 0x80;
}

/// "!*   2us [NULL]     ", "    11us [-ENOMEM]    ", "   ... [...]    ": marks, a duration, a
/// result; dots where the function has not returned.
bool take_result(Cursor& at) {
    const auto from = at.at();
    while (!at.done() && is_result_mark(at.peek())) at.move_to(at.at() + 1);
    const bool returned = at.decimal() && at.take("us ");
    if (returned || at.take("... ")) {
        at.skip_spaces();
        constexpr std::size_t kMaxResult = 64;
        const auto result = at.rest().substr(0, kMaxResult);
        const auto close = result.find(']');
        const bool bracketed = returned ? result.starts_with('[') : result.starts_with("[...]");
        if (bracketed && close != std::string_view::npos) {
            at.move_to(at.at() + close + 1);
            if (at.skip_spaces() >= 2) return true;
        }
    }
    at.move_to(from);
    return false;
}

/// "(arch/x86/entry/entry_64.S:120:0)" at the front of the text: where retsnoop found it; with the
/// parentheses, and what stands in them.
struct FoundPlace {
    std::size_t size = 0;
    std::string_view place;
};

FoundPlace place_at_front(std::string_view text) {
    const auto close = text.find(')');
    if (!text.starts_with('(') || close == std::string_view::npos) return {};
    // Arguments of the function may follow.
    if (close + 1 < text.size() && !text.substr(close + 1).starts_with("  ")) return {};
    auto place = text.substr(1, close - 1);
    // An inlined function's name may stand in front.
    if (const auto at = place.find(" @ "); at != std::string_view::npos)
        place.remove_prefix(at + 3);
    const auto colon = place.find(':');
    if (colon == std::string_view::npos || contains(place, " ")) return {};
    Cursor number(place, colon + 1);
    if (!contains(place.substr(0, colon), ".") || !number.decimal()) return {};
    return {close + 1, place};
}

/// "cmd=1 uattr={{.kernel=0x7f1c…": values of a function's arguments
bool are_arguments(std::string_view text) {
    if (text.starts_with("... data missing ...")) return true;
    Cursor at(text);
    return !at.symbol().empty() && at.take('=');
}

/// A frame's text, its address and its offset, which settings add and make decimal.
struct CalledFrame {
    std::string_view symbol;
    std::optional<std::uint64_t> address;
    std::optional<Number> offset;
    Span text;
};

/// "do_syscall_64+0x35", "ffffffff81a00099 do_syscall_64+53", "~ffffffff81a00099 …", "0xffffffffc…"
CalledFrame take_frame(Cursor& at) {
    CalledFrame frame;
    const auto begin = at.at();
    at.take('~');
    const auto from = at.at();
    const auto address = at.hex();
    if (address && address->digits == 16 && at.skip_spaces() != 0) {
        if (is_kernel_address(*address)) frame.address = address->value;
    } else {
        at.move_to(begin);
    }
    const auto name_from = at.at();
    frame.symbol = at.symbol();
    if (frame.symbol.empty()) {
        const auto raw = at.prefixed_hex();
        if (raw && is_kernel_address(*raw)) frame.address = raw->value;
    } else if (at.take('+')) {
        frame.offset = at.prefixed_hex();
        if (!frame.offset) frame.offset = at.decimal();
    }
    frame.text.offset = frame.address && !frame.symbol.empty() ? from : name_from;
    frame.text.size = at.at() - frame.text.offset;
    return frame;
}

void add_frame(const LineContext& line, const CalledFrame& frame, Kind kind,
               const FoundPlace& found, std::size_t found_at) {
    auto& added = line.add(Format::retsnoop, kind, frame.text.offset, frame.text.end());
    added.symbol = frame.symbol;
    added.address = frame.address;
    if (frame.offset) added.offset = frame.offset->value;
    added.source = found.place;
    if (found.size != 0) added.insert_at = found_at + found.size;
}

/// "    11us [-ENOMEM]    __x64_sys_bpf+0x1c      (kernel/bpf/syscall.c:4749:1)"; without a result
/// only where the place follows, for other tools print a name with its offset, too.
bool read_retsnoop(const LineContext& line) {
    // A result or a place is apart from the name.
    if (!line.message.contains(' ')) return false;
    Cursor at(line.line, line.start());
    const auto end = line.start() + line.message.size();
    const bool has_result = take_result(at);
    if (!has_result && line.indentation() < kCallTraceIndent) return false;
    const auto frame = take_frame(at);
    if (frame.symbol.empty() || (!frame.offset && !has_result)) return false;
    const auto spaces = at.skip_spaces();
    const auto rest = line.line.substr(at.at(), end - std::min(at.at(), end));
    const auto found = place_at_front(rest);
    if (rest.empty() ? !has_result
                     : found.size == 0 && (!has_result || spaces < 2 || !are_arguments(rest)))
        return false;
    if (is_generated_code(frame.symbol)) return true;
    add_frame(line, frame, frame.offset ? Kind::call : Kind::definition, found, at.at());
    return true;
}

/// One side of a branch: where it is, or where it goes to.
void read_branch_side(const LineContext& line, std::size_t from, std::size_t end) {
    Cursor at(line.line.substr(0, end), from);
    at.skip_spaces();
    const auto frame = take_frame(at);
    if (frame.symbol.empty() ? !frame.address : !frame.offset) return;
    at.skip_spaces();
    const auto found = place_at_front(trimmed_right(at.rest()));
    if (!is_generated_code(frame.symbol)) add_frame(line, frame, Kind::exact, found, at.at());
}

/// "[#21] foo+0x13  (fs/foo.c:54:18)  ->  bar+0x75  (fs/bar.c:54:18)": the processor's record of a
/// branch.
bool read_branch(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.take(kBranch) || !at.decimal() || !at.take("] ")) return false;
    const auto arrow = at.rest().find(kBranchArrow);
    if (arrow == std::string_view::npos) return false;
    const auto target = at.at() + arrow + kBranchArrow.size();
    read_branch_side(line, at.at(), target - kBranchArrow.size());
    read_branch_side(line, target, line.start() + line.message.size());
    return true;
}

/// "◎ kprobe:bprm_execve+0x5" among the calls
bool read_injected_probe(const LineContext& line, Cursor at) {
    if (!at.take("\u25ce ")) return false;
    const bool kprobe = at.take("kprobe:");
    if (!kprobe && !at.take("kretprobe:")) return true;
    const auto frame = take_frame(at);
    if (frame.symbol.empty() || (kprobe && !frame.offset)) return true;
    add_frame(line, frame, kprobe ? Kind::exact : Kind::definition, {}, 0);
    return true;
}

/// "    ↔ bpf_prog_alloc_no_stats    [0xffffc9000031e000]    5.539us" below the titles of
/// retsnoop's trace of calls, and what stands between: a line of dashes, arguments
bool read_called(const LineContext& line) {
    if (line.message.starts_with("---") || line.message.starts_with("[...]")) return true;
    constexpr std::string_view kArrows[] = {"\u2192 ", "\u2190 ", "\u2194 "};
    Cursor at(line.line, line.start());
    if (read_injected_probe(line, at)) return true;
    const auto take = [&](std::string_view arrow) { return at.take(arrow); };
    if (!std::ranges::any_of(kArrows, take)) return line.indentation() >= kCallTraceIndent;
    const auto from = at.at();
    const auto symbol = at.symbol();
    const auto end = at.at();
    if (symbol.empty()) return false;
    const bool alone = at.skip_spaces() >= 2 || at.done();
    const auto rest = line.line.substr(at.at(), line.start() + line.message.size() - at.at());
    if (!alone || (!at.done() && at.peek() != '[' && !are_arguments(rest))) return false;
    if (is_generated_code(symbol)) return true;
    auto& added = line.add(Format::retsnoop, Kind::definition, from, end);
    added.symbol = symbol;
    // Arguments may go on for several lines' width.
    const bool has_arguments = !rest.empty() && !rest.ends_with("us");
    if (!has_arguments) added.insert_at = line.start() + line.message.size();
    return true;
}

/// "               -> hrtimer_interrupt"
bool read_blocking(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.take("-> ")) return false;
    const auto from = at.at();
    const auto symbol = at.symbol();
    if (symbol.empty() || at.at() != line.start() + line.message.size()) return false;
    if (is_generated_code(symbol)) return true;
    line.add(Format::ftrace, Kind::definition, from, at.at()).symbol = symbol;
    return true;
}

/// Notes the lines above such stacks.
void note_call_trace(const LineContext& line) {
    const bool titles = std::ranges::any_of(
        kCallTraces, [&](std::string_view title) { return line.message.starts_with(title); });
    if (titles && contains(line.message, kResultTitle)) line.state.tracer = Tracer::retsnoop_calls;
    if (line.message == kBlockingStack) line.state.tracer = Tracer::rtla;
}

}  // namespace

bool read_call_trace(const LineContext& line) {
    if (line.message.size() > kMaxLine) return false;
    note_call_trace(line);
    switch (line.state.tracer) {
        case Tracer::retsnoop_calls: return read_called(line);
        case Tracer::rtla: return read_blocking(line);
        default: return read_branch(line) || read_retsnoop(line);
    }
}

}  // namespace symline::log
