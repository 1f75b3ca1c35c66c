#include "log/scheduled_functions.h"

#include <cstddef>
#include <iterator>
#include <utility>

#include "log/symbol_text.h"
#include "log/text.h"

namespace symline::log {

namespace {

/// Names of workqueues and workers are short; longer lines are something else.
constexpr std::size_t kMaxLine = 4096;

/// The labels are template arguments so that the compiler knows the words; see text.h.
template <const auto& kLabels>
bool take_any(Cursor& at) {
    return [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
        return (at.take(kLabels[kIndex].word) || ...);
    }(std::make_index_sequence<std::size(kLabels)>());
}

/// "symbol [module]" as %ps prints it; leaves the place after it.
bool take_function(const LineContext& line, Cursor& at) {
    const auto from = at.at();
    const auto symbol = at.symbol();
    if (symbol.empty()) return false;
    std::string_view module, build_id;
    const auto end = read_module(line.line, at.at(), module, build_id);
    at.move_to(end);
    if (is_generated_code(symbol)) return true;
    auto& added = line.add(Format::oops, Kind::definition, from, end);
    added.symbol = symbol;
    added.module = module;
    added.build_id = build_id;
    return true;
}

/// "Workqueue: writeback wb_workfn (flush-8:0)", "Workqueue: events og_work_fn [oopsgen]"
bool read_workqueue(const LineContext& line) {
    if (!line.message.starts_with(kWorkqueue)) return false;
    auto text = line.message.substr(kWorkqueue.size());
    if (text.ends_with(')')) {
        // What the worker calls itself, which may hold spaces.
        const auto open = text.find(" (");
        if (open != std::string_view::npos) text = trimmed_right(text.substr(0, open));
    }
    auto name = text;
    if (name.ends_with(']')) {
        const auto open = name.rfind(" [");
        if (open != std::string_view::npos) name = trimmed_right(name.substr(0, open));
    }
    const auto word = last_word(name);
    if (word.size() == name.size()) return true;
    Cursor at(line.line, line.offset_of(word));
    if (take_function(line, at) && at.at() != line.offset_of(text) + text.size())
        line.result.occurrences.clear();
    return true;
}

/// "     last function: wb_workfn", "     preempt=0x00000000 lock=0->0 RCU=0->1
/// workfn=mld_ifc_work"
bool read_leaking_work(const LineContext& line) {
    // As the kernel indents it, below what leaked.
    constexpr std::size_t kIndent = 5;
    if (line.indentation() < kIndent) return false;
    Cursor at(line.line, line.start());
    if (!at.take(kLastFunction)) {
        if (!at.take("preempt=0x")) return false;
        const auto label = line.message.find(kWorkFunction);
        if (label == std::string_view::npos) return false;
        at.move_to(line.start() + label + kWorkFunction.size());
    }
    if (take_function(line, at) && at.at_end()) return true;
    line.result.occurrences.clear();
    return false;
}

/// "workqueue: mld_ifc_work [mod] hogged CPU for >10000us 4 times, consider switching to
/// WQ_UNBOUND"
bool read_slow_work(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.take(kSlowWork)) return false;
    if (take_function(line, at) && at.take(kHogged)) return true;
    line.result.occurrences.clear();
    return false;
}

/// "44:", "7(RESCUER):", since Linux 6.9 also "bh:" and "bh-hi:": who runs the function after it.
bool take_worker(Cursor& at) {
    if (at.take("bh")) {
        at.take("-hi");
    } else {
        if (!at.decimal()) return false;
        at.take("(RESCUER)");
    }
    return at.take(':');
}

/// "foo [mod]", "2*foo" since Linux 6.3, "BAR(12)"; in newer kernels with " for 35s" after it.
bool take_work_item(const LineContext& line, Cursor& at) {
    if (at.take("BAR(")) {
        if (!at.decimal() || !at.take(')')) return false;
    } else {
        if (at.decimal() && !at.take('*')) return false;
        if (!take_function(line, at)) return false;
    }
    return !at.take(" for ") || (at.decimal() && at.take('s'));
}

/// "[  12.3]     in-flight: 44:flush_to_ldisc, 7(RESCUER):foo [mod] bar BAR(12)", "[  12.3]
/// pending: vmstat_shepherd BAR(12), 2*bar": no comma stands before what a worker does next, and
/// before what waits for the item in front of it.
bool read_work_items(const LineContext& line) {
    Cursor at(line.line, line.start());
    const bool running = line.message.starts_with(kInFlight);
    if (!take_any<kWorkMarks>(at)) return false;
    // Such words stand in many a text; the kernel prints these in its log, and indented.
    if (line.result.prefix.size == 0 || line.indentation() == 0) return false;
    bool is_read = true;
    do {
        is_read = (!running || take_worker(at)) && take_work_item(line, at);
        while (is_read && at.take(' ') && !at.at_end()) is_read = take_work_item(line, at);
    } while (is_read && at.take(", ") && !line.is_full());
    if (is_read && at.at_end()) return true;
    line.result.occurrences.clear();
    return false;
}

/// " #0: <00000000090e63f7>, tick_sched_timer, S:01", until Linux 4.10 with who started it:
/// ", hrtimer_start_range_ns, swapper/0"
bool read_timer(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.take('#') || !at.decimal() || !at.take(": <") || !at.hex() || !at.take(">, "))
        return false;
    if (!take_function(line, at) || !at.take(", S:") || !at.hex()) {
        line.result.occurrences.clear();
        return false;
    }
    if (at.take(", ")) take_function(line, at);
    return true;
}

/// "  .get_time:   ktime_get", " event_handler:  hrtimer_interrupt"
bool read_timer_member(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!take_any<kTimerMarks>(at)) return false;
    at.skip_spaces();
    if (take_function(line, at) && at.at_end()) return true;
    line.result.occurrences.clear();
    return false;
}

}  // namespace

bool read_scheduled_functions(const LineContext& line) {
    if (line.message.size() > kMaxLine) return false;
    return read_workqueue(line) || read_work_items(line) || read_timer(line) ||
           read_timer_member(line) || read_leaking_work(line) || read_slow_work(line);
}

bool read_handlers(const LineContext& line) {
    if (!line.message.starts_with("[<") || contains(line.message, "+0x")) return false;
    Cursor at(line.line, line.start());
    constexpr std::string_view kOpening = "[<";
    for (std::string_view opening = kOpening; at.take(opening); opening = kThreaded) {
        const auto address = at.hex();
        const auto before = line.result.occurrences.size();
        if (!address || !at.take(">] ") || !take_function(line, at)) break;
        if (line.result.occurrences.size() > before && !is_hashed(*address))
            line.result.occurrences.back().address = address->value;
        if (at.at() == line.start() + line.message.size()) return true;
    }
    line.result.occurrences.clear();
    return false;
}

}  // namespace symline::log
