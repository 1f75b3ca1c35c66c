#include "log/call_traces.h"

#include <algorithm>

#include "log/symbol_text.h"
#include "log/text.h"

namespace symline::log {

namespace {

/// Results and places are shorter.
constexpr std::size_t kMaxLine = 4096;

/// "!*   2us [NULL]     ", "    11us [-ENOMEM]    ": marks, a duration, a result.
bool take_result(Cursor& at) {
    const auto from = at.at();
    while (at.take('!') || at.take('*') || at.skip_spaces() != 0) {
    }
    if (at.decimal() && at.take("us [")) {
        constexpr std::size_t kMaxResult = 64;
        const auto close = at.rest().substr(0, kMaxResult).find(']');
        if (close != std::string_view::npos) {
            at.move_to(at.at() + close + 1);
            if (at.skip_spaces() >= 2) return true;
        }
    }
    at.move_to(from);
    return false;
}

/// "(arch/x86/entry/entry_64.S:120:0)" to the end: where retsnoop found it.
std::string_view place_in(std::string_view text) {
    if (!text.starts_with('(') || !text.ends_with(')')) return {};
    auto place = text.substr(1, text.size() - 2);
    // An inlined function's name may stand in front.
    if (const auto at = place.find(" @ "); at != std::string_view::npos)
        place.remove_prefix(at + 3);
    const auto colon = place.find(':');
    if (colon == std::string_view::npos || contains(place, " ")) return {};
    Cursor number(place, colon + 1);
    if (!contains(place.substr(0, colon), ".") || !number.decimal()) return {};
    return place;
}

/// "    11us [-ENOMEM]    __x64_sys_bpf+0x1c      (kernel/bpf/syscall.c:4749:1)"; without a result
/// only where the place follows, for other tools print a name with its offset, too.
bool read_retsnoop(const LineContext& line) {
    Cursor at(line.line, line.start());
    const auto end = line.start() + line.message.size();
    const bool has_result = take_result(at);
    if (!has_result && line.indentation() < kCallTraceIndent) return false;
    const auto before = at.at();
    if (const auto address = at.hex(); !address || address->digits != 16 || at.skip_spaces() == 0)
        at.move_to(before);
    const auto from = at.at();
    const auto symbol = at.symbol();
    std::optional<Number> offset;
    if (at.take('+')) offset = at.prefixed_hex();
    if (symbol.empty() || (!offset && !has_result)) return false;
    const auto text_end = at.at();
    at.skip_spaces();
    const auto place = place_in(line.line.substr(at.at(), end - std::min(at.at(), end)));
    if (at.at() < end ? place.empty() : !has_result) return false;
    if (is_generated_code(symbol)) return true;
    auto& added =
        line.add(Format::retsnoop, offset ? Kind::call : Kind::definition, from, text_end);
    added.symbol = symbol;
    if (offset) added.offset = offset->value;
    added.source = place;
    if (!place.empty()) added.insert_at = end;
    return true;
}

/// "    ↔ bpf_prog_alloc_no_stats    [0xffffc9000031e000]    5.539us" below the titles of
/// retsnoop's trace of calls, and the line of dashes between
bool read_called(const LineContext& line) {
    if (line.message.starts_with("---") || line.message.starts_with("[...]")) return true;
    constexpr std::string_view kArrows[] = {"\u2192 ", "\u2190 ", "\u2194 "};
    Cursor at(line.line, line.start());
    const auto take = [&](std::string_view arrow) { return at.take(arrow); };
    if (!std::ranges::any_of(kArrows, take)) return false;
    const auto from = at.at();
    const auto symbol = at.symbol();
    const auto end = at.at();
    if (symbol.empty()) return false;
    const bool alone = at.skip_spaces() >= 2 || at.done();
    if (!alone || (!at.done() && at.peek() != '[')) return false;
    if (is_generated_code(symbol)) return true;
    auto& added = line.add(Format::retsnoop, Kind::definition, from, end);
    added.symbol = symbol;
    added.insert_at = line.start() + line.message.size();
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
    if (line.message.starts_with(kCallTrace) && contains(line.message, "  RESULT"))
        line.state.tracer = Tracer::retsnoop_calls;
    if (line.message == kBlockingStack) line.state.tracer = Tracer::rtla;
}

}  // namespace

bool read_call_trace(const LineContext& line) {
    if (line.message.size() > kMaxLine) return false;
    note_call_trace(line);
    switch (line.state.tracer) {
        case Tracer::retsnoop_calls: return read_called(line);
        case Tracer::rtla: return read_blocking(line);
        default: return read_retsnoop(line);
    }
}

}  // namespace symline::log
