#include "log/parser.h"

#include <algorithm>
#include <utility>

#include "log/bcc_stacks.h"
#include "log/call_traces.h"
#include "log/code_line.h"
#include "log/crash_reports.h"
#include "log/debugger_frames.h"
#include "log/frame_kind.h"
#include "log/function_graph.h"
#include "log/kernel_frames.h"
#include "log/line_context.h"
#include "log/mapped_frames.h"
#include "log/message_front.h"
#include "log/packet_traces.h"
#include "log/perf_report.h"
#include "log/prefix.h"
#include "log/register_lines.h"
#include "log/report_facts.h"
#include "log/scheduled_functions.h"
#include "log/stack_lines.h"
#include "log/symbol_text.h"
#include "log/symbolizer_markup.h"
#include "log/text.h"
#include "log/trace_lines.h"
#include "log/trace_report.h"

namespace symline::log {

namespace {

void clear(ParsedLine& result) {
    result.occurrences.clear();
    result.prefix = result.indent = {};
    result.doubtful_prefix = 0;
    result.facts = {};
}

std::size_t indent_size(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && is_space(text[size])) ++size;
    return size;
}

/// "BUG: KCSAN: data-race in find_next_bit / rcu_report_exp_cpu_mult"
bool read_data_race(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.take("BUG: KCSAN: ")) return false;
    const auto in = at.rest().substr(0, 128).find(" in ");
    if (in == std::string_view::npos) return false;
    at.move_to(at.at() + in + 4);
    do {
        const auto from = at.at();
        const auto symbol = at.symbol();
        if (symbol.empty() || at.peek() == '+') return false;
        line.add(Format::oops, Kind::definition, from, at.at()).symbol = symbol;
    } while (at.take(" / "));
    return true;
}

/// What outlives the lines of a stack: the tool that prints it, until a blank line or another tool.
void note_tracer(const LineContext& line) {
    auto& tracer = line.state.tracer;
    if (line.message.starts_with("{ stacktrace:")) {
        tracer = Tracer::trace_hist;
    } else if (line.message.empty() ||
               (tracer == Tracer::trace_hist && line.message.starts_with("}"))) {
        tracer = Tracer::none;
    }
}

/// Whether the tool's lines are such that others between them do not end its output.
bool ends_by_itself(Tracer tracer) {
    return tracer == Tracer::trace_hist || tracer == Tracer::lock_table ||
           tracer == Tracer::count_table || tracer == Tracer::allocations;
}

/// The rules, the most particular first. True when the line is a frame of a stack.
bool read_frames(const LineContext& line) {
    if (line.message.empty()) return false;
    if (!line.begins_as_frame && (read_crash_report(line) || read_symbolizer_markup(line)))
        return true;
    if (!line.result.occurrences.empty()) return false;
    if (read_json_stacks(line)) return false;
    if (read_function_graph(line)) return false;
    if (read_debugger_frame(line) || read_build_id_frame(line) || read_backtrace_symbol(line))
        return true;
    if (!line.begins_as_frame &&
        (read_segfault(line) || read_data_race(line) || read_scheduled_functions(line)))
        return false;
    line.result.occurrences.clear();
    if (read_handlers(line)) return false;
    if (read_bcc_frame(line)) return true;
    // The frames of most stacks are not indented so far.
    if ((!line.begins_as_frame || line.indentation() >= kCallTraceIndent) && read_call_trace(line))
        return true;
    if (!line.begins_as_frame) {
        if (read_packet_trace(line)) return true;
        if (read_trace_report(line)) return false;
    }
    if (read_trace_line(line)) return line.message.starts_with(kFrameArrow);
    if (read_stack_line(line) || read_bare_address(line)) return true;
    if (read_perf_report(line)) return true;
    if (read_register_line(line)) return false;
    return read_kernel_frames(line);
}

/// Of a line that ends too early, in a frame: an offset without a size, where the frame above has
/// one, may lack digits, and the answer would be another place. "f+0xd2/0x2" lacks some of the
/// size.
void leave_out_cut_frame(const LineContext& line) {
    auto& found = line.result.occurrences;
    if (found.empty() || found.back().text.end() != line.start() + line.message.size()) return;
    Occurrence& last = found.back();
    if (last.size && last.offset && *last.offset > *last.size) {
        last.size.reset();
    } else if (line.state.sized_lines != 0 && last.offset && !last.size) {
        const bool hexadecimal = last.format == Format::bcc || *last.offset == 0;
        if (hexadecimal && !last.address) found.pop_back();
    }
}

void count_sized_lines(const LineContext& line) {
    constexpr std::uint8_t kLines = 8;
    auto& left = line.state.sized_lines;
    const auto& found = line.result.occurrences;
    if (!found.empty() && found.back().format == Format::oops && found.back().size) {
        left = kLines;
    } else if (line.message.empty()) {
        left = 0;
    } else if (left != 0) {
        --left;
    }
}

/// "RIP:", "RIP: 0010:", "RIP: 0010:[<ffffffff812e89f9>]" and no symbol.
bool is_cut_pc(std::string_view message) {
    Cursor at(message);
    if (!at.take("RIP:") && !at.take("EIP:")) return false;
    return at.rest().find_first_not_of("0123456789abcdef:[<>] ") == std::string_view::npos;
}

/// Whether nothing but an address or a segment stands in front of the line's first place.
bool begins_with_place(const LineContext& line) {
    const auto from = line.result.occurrences.front().text.offset;
    if (line.indentation() != 0 || from < line.start()) return false;
    const auto front = line.line.substr(line.start(), from - line.start());
    return front.find_first_not_of("0123456789abcdef:[<>] ") == std::string_view::npos;
}

/// A mailer may have put the end of a "WARNING: CPU: 2 PID: 1194 at FILE:LINE symbol" or of a
/// "RIP: 0010:symbol" on a line of its own: what that names is no caller.
void read_wrapped_place(const LineContext& line) {
    auto& result = line.result;
    if (std::exchange(line.state.cut_before_place, false) && result.occurrences.size() == 1) {
        auto& place = result.occurrences.front();
        if (place.kind == Kind::call &&
            (begins_with_place(line) || read_place(line.message, result.facts))) {
            place.kind = Kind::exact;
            line.state.in_stack = false;
        }
    }
    const bool cut_warning = line.message.starts_with(kWarning) && result.occurrences.empty() &&
                             (result.facts.warning_line != 0 || line.message.ends_with(" at"));
    line.state.cut_before_place = cut_warning || is_cut_pc(line.message);
}

/// What comes from the parts of a line that a logger had made of several.
void add_facts(Facts& facts, const Facts& part) {
    facts.asked = facts.asked || part.asked;
    if (facts.release.empty()) facts.release = part.release;
    if (facts.kernel_build_id.empty()) facts.kernel_build_id = part.kernel_build_id;
    facts.has_started = facts.has_started || part.has_started;
    if (facts.kernel_segment == 0) facts.kernel_segment = part.kernel_segment;
    if (!facts.kaslr_offset) facts.kaslr_offset = part.kaslr_offset;
    if (facts.warning_line == 0) {
        facts.warning_file = part.warning_file;
        facts.warning_line = part.warning_line;
    }
    if (part.is_code && facts.code_text.empty()) {
        facts.is_code = true;
        facts.code_bytes = part.code_bytes;
        facts.code_text = part.code_text;
    }
    // Bytes are of the pc that stood before them.
    if (part.names_pc && facts.code_text.empty()) {
        facts.names_pc = true;
        facts.pc = part.pc;
        facts.machine = part.machine;
    }
    if (!part.user_file.empty()) facts.user_file = part.user_file;
    facts.user_modules.insert(facts.user_modules.end(), part.user_modules.begin(),
                              part.user_modules.end());
    facts.user_mappings.insert(facts.user_mappings.end(), part.user_mappings.begin(),
                               part.user_mappings.end());
    facts.begins_process = facts.begins_process || part.begins_process;
    facts.begins_core = facts.begins_core || part.begins_core;
    facts.begins_report = facts.begins_report || part.begins_report;
    facts.begins_stack = facts.begins_stack || part.begins_stack;
    facts.begins_boot = facts.begins_boot || part.begins_boot;
}

void move_by(std::size_t distance, std::size_t earlier, ParsedLine& part) {
    for (auto& each : part.occurrences) {
        each.text.offset += distance;
        each.insert_at += distance;
    }
    part.facts.code_bytes.offset += distance;
    if (part.facts.pc) *part.facts.pc += earlier;
}

/// "_PID=12", or the blank line between two entries: what stands between the messages of a journal
/// says nothing of their stacks.
bool is_between_messages(std::string_view line) {
    const auto is_name = [](char c) { return is_upper(c) || is_digit(c) || c == '_'; };
    const auto name_end = std::ranges::find_if_not(line, is_name);
    return name_end == line.end() ? line.empty() : *name_end == '=' && name_end != line.begin();
}

/// Xen's console, and what it prints there of its own stacks, whose names are its own.
bool is_of_xen(std::string_view line, std::string_view message) {
    constexpr std::string_view kXen = "(XEN)";
    const auto front = static_cast<std::size_t>(message.data() - line.data());
    return line.starts_with(kXen) || message.starts_with(kXen) ||
           trimmed_right(line.substr(0, front)).ends_with(kXen);
}

/// Where a message begins after something that looks like a frame and may be in front of all lines;
/// a frame has none after it.
std::size_t find_message_after_frame(std::string_view line, std::size_t frame) {
    // Frames have no colon, messages of a report do.
    if (line.find(':', frame) == std::string_view::npos) return std::string_view::npos;
    const auto end = line.find(' ', frame);
    return end == std::string_view::npos ? end : find_message_front(line, end);
}

/// From places in the plain text to those in the line.
void move_to_line(const PlainText& plain, ParsedLine& result) {
    const auto moved = [&](Span span) {
        const auto begin = plain.begin_of(span.offset);
        return Span{begin, span.size == 0 ? 0 : plain.end_of(span.end()) - begin};
    };
    for (auto& each : result.occurrences) {
        each.text = moved(each.text);
        each.insert_at = plain.end_of(each.insert_at);
    }
    result.facts.code_bytes = moved(result.facts.code_bytes);
    const auto prefix = plain.end_of_front(result.prefix.end());
    result.indent = {prefix, plain.end_of_front(result.indent.end()) - prefix};
    result.prefix = {plain.opening(), prefix - plain.opening()};
    if (result.doubtful_prefix != 0)
        result.doubtful_prefix = plain.end_of_front(result.doubtful_prefix);
}

}  // namespace

/// The size of what loggers print in front of the message, as far as it is known. A prefix that was
/// learned, "[    1.0] rcu: ", has no message's own words in it, "[    1.0] Workqueue: ".
std::size_t Parser::known_prefix(std::string_view line) const {
    const auto listed = prefix_size(line);
    const auto learned = margin_.match(line);
    if (learned <= listed) return listed;
    return std::min(learned, find_message_front(line, listed, learned));
}

/// Fills in prefix and indentation, and returns the message, which is after them where something
/// stands in front of it that is no logger's.
Parser::Message Parser::find_message(std::string_view line, ParsedLine& result) {
    const auto known = known_prefix(line);
    const auto set_prefix = [&](std::size_t size) {
        result.prefix = {0, size};
        result.indent = {size, indent_size(line.substr(size))};
        return result.indent.end();
    };
    const auto begin = set_prefix(known);
    if (begins_as_frame(line.substr(begin))) {
        const auto front = known == 0 ? find_message_after_frame(line, begin) : line.npos;
        if (front == std::string_view::npos) return {frame_text(line.substr(begin)), true};
        const auto before = line.substr(0, front);
        if (!margin_.accepts(before)) {
            if (Margin::may_be_prefix(before)) result.doubtful_prefix = front;
            return {frame_text(line.substr(begin)), true};
        }
        margin_.learn(before);
        set_prefix(front);
        return {trimmed_right(line.substr(front))};
    }
    auto front = find_message_front(line, begin);
    if (front == std::string_view::npos) front = find_tracer_line(line, begin);
    if (front == std::string_view::npos) front = find_program_frame(line, begin);
    const bool is_frame = front == std::string_view::npos;
    if (is_frame) front = find_lone_frame(line, begin);
    if (front == std::string_view::npos || front == begin)
        return {trimmed_right(line.substr(begin))};
    const auto before = line.substr(0, front);
    // "RIP  [<ffffffff812e89f9>] symbol": a word that says what the frame is belongs to it.
    if (is_frame && is_label(last_word(trimmed_right(before))))
        return {trimmed_right(line.substr(begin))};
    // A frame does not hide others that stand in front of it.
    const bool may_hide = is_frame && before.contains("+0x");
    // One space separates; more of them, or a tab where no other separates, indent the message.
    const auto end = before.find_last_not_of(" \t") + 1;
    const bool indents = is_frame && line[end] == '\t' && !before.substr(0, end).contains('\t');
    const auto prefix = indents ? end : std::min(end + 1, front);
    if (!may_hide && margin_.accepts(before)) {
        margin_.learn(line.substr(0, prefix));
        set_prefix(prefix);
    } else if (!may_hide && known == 0 && Margin::may_be_prefix(before)) {
        result.doubtful_prefix = prefix;
    }
    const auto message = line.substr(front);
    if (is_frame) return {frame_text(message), true};
    return {trimmed_right(message)};
}

void Parser::parse_line(std::string_view line, ParsedLine& result) {
    clear(result);
    if (state_.is_plain_stack() && margin_.empty() && read_next_frame(line, state_, result)) return;
    const bool of_journal = line.starts_with(kJournalField);
    state_.in_journal = of_journal || (state_.in_journal && is_between_messages(line));
    if (state_.in_journal && !of_journal) return;
    const Message message = find_message(line, result);
    const LineContext context{line, message.text, state_, result, message.is_frame};

    if (is_of_xen(line, context.message)) {
        state_.in_stack = false;
        return;
    }

    note_tracer(context);
    note_shown_stack(context);
    note_bcc_tool(context);
    const bool was_shown =
        state_.shown == ShownStack::below && !context.message.ends_with(kStackBelow);
    result.facts.asked = !message.is_frame;
    if (result.facts.asked) read_facts(context);
    const auto tracer_before = state_.tracer;
    const bool was_after_trap = state_.after_trap;
    state_.in_stack = read_frames(context);
    leave_out_cut_frame(context);
    count_sized_lines(context);
    read_wrapped_place(context);
    read_pc(context);
    if (!state_.in_stack) {
        if (was_shown) state_.shown = ShownStack::none;
        if (tracer_before == state_.tracer && !ends_by_itself(state_.tracer))
            state_.tracer = Tracer::none;
        note_stack_header(context);
        // What came between the trap and its origin has said where that was (registers).
        if (was_after_trap) state_.after_trap = false;
    }
    if (result.facts.begins_report) state_.after_trap = false;
    // s390 prints the branch that led here, and it is no call.
    if (context.message.ends_with(kBranchLabel)) state_.after_trap = true;
}

/// A logger that writes a report as one line escapes the line feeds in it.
void Parser::parse_lines(std::string_view lines, ParsedLine& result) {
    ParsedLine part;
    for (std::size_t from = 0; from < lines.size();) {
        const auto end = std::min(lines.find('\n', from), lines.size());
        parse_line(lines.substr(from, end - from), part);
        if (from == 0) {
            result.prefix = part.prefix;
            result.indent = part.indent;
        }
        move_by(from, result.occurrences.size(), part);
        result.occurrences.insert(result.occurrences.end(), part.occurrences.begin(),
                                  part.occurrences.end());
        add_facts(result.facts, part.facts);
        from = end + 1;
    }
}

void Parser::parse(std::string_view line, ParsedLine& result) {
    if (!PlainText::differs(line)) return parse_line(line, result);
    result.plain.assign(line);
    const auto text = result.plain.text();
    if (text.contains('\n')) {
        clear(result);
        parse_lines(text, result);
    } else {
        parse_line(text, result);
    }
    move_to_line(result.plain, result);
}

}  // namespace symline::log
