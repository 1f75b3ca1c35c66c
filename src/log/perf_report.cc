#include "log/perf_report.h"

#include "log/symbol_text.h"
#include "log/text.h"

namespace symline::log {

namespace {

Occurrence& add_name(const LineContext& line, std::string_view name) {
    const auto from = line.offset_of(name);
    auto& added = line.add(Format::perf_report, Kind::definition, from, from + name.size());
    added.symbol = name;
    return added;
}

/// "90.60%"
bool take_percent(Cursor& at) {
    const auto from = at.at();
    if (at.decimal() && at.take('.') && at.decimal() && at.take('%')) return true;
    at.move_to(from);
    return false;
}

/// "    90.60%  swapper          [kernel.kallsyms]     [k] native_safe_halt"
bool read_entry(const LineContext& line, Cursor at) {
    const auto rest = at.rest();
    auto mark = rest.find(" [k] ");
    const bool kernel = mark != std::string_view::npos;
    if (!kernel) mark = rest.find(" [.] ");
    if (mark == std::string_view::npos) return false;
    at.move_to(at.at() + mark + 5);
    at.skip_spaces();
    const auto object = last_word(trimmed_right(rest.substr(0, mark)));
    const auto from = at.at();
    if (const auto address = at.prefixed_hex(); address && at.at_end()) {
        if (kernel ? !is_kernel_address(*address) : object.starts_with('[')) return true;
        auto& added =
            line.add(Format::perf_report, Kind::exact, from, line.start() + line.message.size());
        added.address = address->value;
        if (!kernel)
            added.space = AddressScope::file, added.file = object, added.is_file_offset = true;
        return true;
    }
    at.move_to(from);
    auto name = at.symbol();
    if (name.empty() || is_generated_code(name)) return true;
    auto& added = add_name(line, name);
    // "pthread_mutex_lock@@GLIBC_2.2.5", C++ names: the answer goes after all of it.
    added.insert_at = line.start() + line.message.size();
    added.text.size = added.insert_at - from;
    if (!kernel) {
        added.symbol = line.line.substr(from, added.text.size);
        added.space = AddressScope::file;
        added.file = object;
    } else if (object.size() > 2 && object.front() == '[' && !object.starts_with("[kernel")) {
        added.module = object.substr(1, object.size() - 2);
    }
    return true;
}

/// "45.55% native_safe_halt;amd_e400_idle;default_idle_call"
bool read_folded(const LineContext& line, Cursor at) {
    if (!at.take(' ') || at.peek() == ' ') return false;
    const auto end = line.start() + line.message.size();
    if (at.rest().find_first_of(" \t") < end - at.at()) return false;
    if (!contains(at.rest(), ";")) return false;
    while (at.at() < end && !line.is_full()) {
        const auto name = at.symbol();
        if (!name.empty() && (at.at() >= end || at.peek() == ';') && !is_generated_code(name))
            add_name(line, name);
        const auto next = at.rest().find(';');
        if (next == std::string_view::npos) break;
        at.move_to(at.at() + next + 1);
    }
    return true;
}

/// "|--80.00%--napi_consume_skb", "---native_safe_halt", " --45.05%--rest_init", "   do_idle": the
/// names of a call graph, after bars.
bool read_graph_line(const LineContext& line) {
    Cursor at(line.line, line.start());
    while (is_space(at.peek()) || at.peek() == '|') at.move_to(at.at() + 1);
    if (at.done()) return true;
    if (at.take("--")) {
        if (!at.take('-') && !(take_percent(at) && at.take("--"))) return false;
        // Until Linux 3.18 a space follows.
        at.skip_spaces();
    } else if (line.indentation() < 8) {
        // A tree may have been pasted without its indentation: below one of its lines.
        const bool in_tree = line.state.in_stack || line.message.starts_with('|');
        const auto name = line.message.substr(at.at() - line.start());
        if (!in_tree || contains(name, " ") || !is_symbol_start(name.front())) return false;
    }
    const auto from = at.at();
    if (const auto address = at.any_hex(); address && address->digits >= 8 && at.at_end()) {
        if (is_kernel_address(*address))
            line.add(Format::perf_report, Kind::call, from, line.start() + line.message.size())
                .address = address->value;
        return true;
    }
    at.move_to(from);
    const auto name = at.symbol();
    if (name.empty()) return !at.done();
    if (at.at_end() && !is_generated_code(name)) add_name(line, name);
    return true;
}

/// "|--80.00%--napi_consume_skb": no other text has that, so it needs no report above it.
bool is_branch(std::string_view message) {
    const auto from = message.find_first_not_of("| \t");
    if (from == std::string_view::npos) return false;
    Cursor at(message, from);
    return at.take("--") && take_percent(at) && at.take("--");
}

}  // namespace

bool read_perf_report(const LineContext& line) {
    auto& state = line.state;
    Cursor at(line.line, line.start());
    if (take_percent(at) && (read_entry(line, at) || read_folded(line, at))) {
        state.tracer = Tracer::perf_report;
        return true;
    }
    if (is_branch(line.message)) state.tracer = Tracer::perf_report;
    if (state.tracer != Tracer::perf_report) return false;
    return read_graph_line(line);
}

}  // namespace symline::log
