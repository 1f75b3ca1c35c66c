#include "log/trace_report.h"

#include "log/symbol_text.h"
#include "log/text.h"

namespace symline::log {

namespace {

/// Tasks, CPUs and times stand in front.
constexpr std::size_t kMaxFront = 256;

/// Whether an event's time ends the text: "12345.678901", "12345.678901234".
bool ends_with_time(std::string_view text) {
    const auto time = last_word(text);
    Cursor at(time);
    const auto seconds = at.decimal();
    if (!seconds || !at.take('.')) return false;
    const auto fraction = at.decimal();
    return fraction && (fraction->digits == 6 || fraction->digits == 9) && at.done();
}

/// Where the text after such an event begins; npos: the line is none.
std::size_t after_event(const LineContext& line, std::string_view event) {
    const auto found = line.message.substr(0, kMaxFront).find(event);
    if (found == std::string_view::npos || !ends_with_time(line.message.substr(0, found)))
        return std::string_view::npos;
    return line.start() + found + event.size();
}

/// NAME, NAME+0xOFFSET. A function's own place is its start, of a caller the offset tells where.
bool take_place(const LineContext& line, Cursor& at, Kind with_offset) {
    const auto from = at.at();
    const auto symbol = at.symbol();
    if (symbol.empty()) return false;
    std::optional<Number> offset;
    if (at.take('+')) {
        offset = at.prefixed_hex();
        if (!offset) return false;
    }
    if (is_generated_code(symbol)) return true;
    auto& added = line.add(Format::ftrace, offset ? with_offset : Kind::definition, from, at.at());
    added.symbol = symbol;
    if (offset) added.offset = offset->value;
    return true;
}

/// "bash-1234  [001] 12345.678901: function:             schedule <-- do_nanosleep"
bool read_function_event(const LineContext& line) {
    const auto begin = after_event(line, kFunctionEvent);
    if (begin == std::string_view::npos) return false;
    Cursor at(line.line, begin);
    at.skip_spaces();
    const auto end = line.start() + line.message.size();
    if (take_place(line, at, Kind::exact) &&
        (at.at() == end ||
         (at.take(" <-- ") && take_place(line, at, Kind::call) && at.at() == end)))
        return true;
    line.result.occurrences.clear();
    return false;
}

/// "…: funcgraph_entry:        0.651 us   |    foo();", "…: funcgraph_entry:  |  foo() {", with
/// trace-cmd's option for it also "…: funcgraph_exit:  + 12.345 us  |  } /* foo */"
bool read_graph_event(const LineContext& line) {
    auto begin = after_event(line, kEntryEvent);
    const bool entry = begin != std::string_view::npos;
    if (!entry) begin = after_event(line, kExitEvent);
    if (begin == std::string_view::npos) return false;
    const auto bar = line.line.substr(begin, kMaxFront).find('|');
    if (bar == std::string_view::npos) return false;
    Cursor at(line.line, begin + bar + 1);
    at.skip_spaces();
    if (!entry) {
        if (!at.take('}')) return false;
        at.skip_spaces();
        if (!at.take("/* ")) return true;
    }
    const auto from = at.at();
    const auto symbol = at.symbol();
    if (symbol.empty() || is_generated_code(symbol)) return true;
    if (entry && at.peek() != '(') return false;
    auto& added = line.add(Format::function_graph, Kind::definition, from, at.at());
    added.symbol = symbol;
    added.insert_at = line.start() + line.message.size();
    return true;
}

/// "#  => started at: run_timer_softirq", "#  => ended at:   run_timer_softirq"
bool read_critical_section(const LineContext& line) {
    Cursor at(line.line, line.start());
    at.take('#');
    at.skip_spaces();
    if (!at.take(kStartedAt) && !at.take(kEndedAt)) return false;
    at.skip_spaces();
    if (take_place(line, at, Kind::call) && at.at() == line.start() + line.message.size())
        return true;
    // With sizes and addresses it is the kernel's own form.
    line.result.occurrences.clear();
    return false;
}

/// "Section start: __schedule -> schedule": the function, and the caller of it
bool read_section(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.take(kSectionStart) && !at.take(kSectionEnd)) return false;
    if (take_place(line, at, Kind::call) && at.take(" -> ") && take_place(line, at, Kind::call) &&
        at.at() == line.start() + line.message.size())
        return true;
    line.result.occurrences.clear();
    return false;
}

}  // namespace

bool read_trace_report(const LineContext& line) {
    if (read_critical_section(line) || read_section(line)) return true;
    // One search tells most lines apart.
    if (!contains(line.message.substr(0, kMaxFront), ": func")) return false;
    return read_function_event(line) || read_graph_event(line);
}

}  // namespace symline::log
