#include "log/trace_lines.h"

#include "log/symbol_text.h"
#include "log/text.h"
#include "log/trap_entries.h"

namespace symline::log {

namespace {

/// " (ffffffff849d7445)" or " <ffffffff849d7445>"
std::optional<Number> read_enclosed_address(Cursor& at) {
    const auto from = at.at();
    if (at.take(" (") || at.take(" <")) {
        const auto address = at.hex();
        if (address && address->digits >= 8 && (at.take(')') || at.take('>'))) return address;
    }
    at.move_to(from);
    return std::nullopt;
}

/// "/bin/busybox[+0x600d3]": the offset counts from where the mapping begins.
bool read_user_frame(const LineContext& line, Cursor at) {
    const auto from = at.at();
    const auto open = line.line.rfind("[+0x");
    if (at.peek() != '/' || open == std::string_view::npos || open <= from) return false;
    at.move_to(open + 2);
    const auto offset = at.prefixed_hex();
    if (!offset || !at.take(']')) return false;
    auto& added =
        line.add(Format::ftrace, line.state.in_stack ? Kind::call : Kind::exact, from, at.at());
    added.file = line.line.substr(from, open - from);
    added.address = offset->value;
    added.space = AddressScope::mapping;
    return true;
}

/// "=> ffffffffc0021061", "=> 0xffffffffc0531083 <ffffffffc0531083>"
bool read_raw_frame(const LineContext& line, Cursor at) {
    const auto from = at.at();
    const auto address = at.any_hex();
    if (!address || address->digits < 8) return false;
    const auto end = at.at();
    read_enclosed_address(at);
    if (at.at() != line.start() + line.message.size()) return false;
    // No name, although it is made of letters, and no place: all ones end a stack.
    if (!is_kernel_address(*address)) return address->digits == 16;
    auto& added = line.add(Format::ftrace, Kind::call, from, end);
    added.insert_at = at.at();
    added.address = address->value;
    return true;
}

/// "+0x83", to which trace-cmd adds no size.
std::optional<Number> take_offset(Cursor& at) {
    const auto from = at.at();
    if (at.take('+')) {
        if (const auto offset = at.prefixed_hex(); offset && at.peek() != '/') return offset;
    }
    at.move_to(from);
    return std::nullopt;
}

bool read_named_frame(const LineContext& line, Cursor at) {
    const auto from = at.at();
    const auto symbol = at.symbol();
    if (symbol.empty()) return false;
    std::string_view module, build_id;
    const auto offset = take_offset(at);
    const auto end = read_module(line.line, at.at(), module, build_id);
    at.move_to(end);
    const auto address = read_enclosed_address(at);
    const auto insert_at = at.at();
    if (insert_at != line.start() + line.message.size()) return false;
    if (is_generated_code(symbol)) return true;
    const bool known = address && !is_hashed(*address);
    const auto kind =
        line.state.after_trap && !symbol.starts_with("asm_") ? Kind::exact : Kind::call;
    line.state.after_trap = is_trap_entry(symbol);
    auto& added = line.add(Format::ftrace, known || offset ? kind : Kind::definition, from, end);
    added.symbol = symbol;
    if (offset) added.offset = offset->value;
    added.module = module;
    added.insert_at = insert_at;
    if (known) added.address = address->value;
    return true;
}

/// Whether what stands in front of a function is an event's time: "28.809952: ", and of latency
/// tracers "   17us+: ", "  0us : ", "(+0.012ms): ", where the character after the unit tells how
/// long it took to the next event.
bool ends_with_time(std::string_view before) {
    if (before.size() < 4 || !before.ends_with(": ")) return false;
    before.remove_suffix(2);
    if (is_digit(before.back()) || before.ends_with("ms)")) return true;
    return contains(" +!#*$@&", before.substr(before.size() - 1)) &&
           before.substr(0, before.size() - 1).ends_with("us");
}

/// "nf_conntrack_in <-nf_hook_slow" after the event's time
bool read_function_line(const LineContext& line) {
    // Every frame is asked: angle brackets are rarer than spaces.
    const auto bracket = line.message.substr(0, 2048).find(kCallerArrow.substr(1));
    if (bracket == std::string_view::npos || bracket == 0) return false;
    const auto arrow = bracket - 1;
    if (line.message[arrow] != ' ' || contains(line.message, "+0x")) return false;
    auto end = line.start() + arrow;
    std::string_view module, build_id;
    auto name_end = end;
    if (line.line[end - 1] == ']') {
        const auto open = line.line.rfind(" [", end);
        if (open == std::string_view::npos || read_module(line.line, open, module, build_id) != end)
            return false;
        name_end = open;
    }
    const auto callee = symbol_before(line.line, name_end);
    if (callee.empty()) return false;
    const auto from = line.offset_of(callee);
    if (!ends_with_time(line.line.substr(0, from))) return false;
    Cursor at(line.line, end + kCallerArrow.size());
    const auto caller = at.symbol();
    if (caller.empty()) return false;
    auto& first = line.add(Format::ftrace, Kind::definition, from, end);
    first.symbol = callee;
    first.module = module;
    auto& second = line.add(Format::ftrace, Kind::definition, line.offset_of(caller), at.at());
    second.symbol = caller;
    second.text.size =
        read_module(line.line, at.at(), second.module, second.build_id) - second.text.offset;
    second.insert_at = second.text.end();
    return true;
}

/// "ffffffffc05f0c10  k  loop_process_work+0x0  loop [FTRACE]" of debugfs's kprobes/list
bool read_probe_list(const LineContext& line) {
    Cursor at(line.line, line.start());
    const auto address = at.hex();
    if (!address || address->digits != 16 || at.skip_spaces() == 0) return false;
    if (!at.take('k') && !at.take('r')) return false;
    if (at.skip_spaces() == 0) return false;
    const auto from = at.at();
    const auto symbol = at.symbol();
    if (symbol.empty() || !at.take('+')) return false;
    const auto offset = at.prefixed_hex();
    if (!offset) return false;
    const auto end = at.at();
    auto& added = line.add(Format::ftrace, Kind::exact, from, end);
    added.symbol = symbol;
    added.offset = offset->value;
    if (is_kernel_address(*address)) added.address = address->value;
    at.skip_spaces();
    if (at.peek() != '[') added.module = at.symbol();
    return true;
}

}  // namespace

bool read_trace_line(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.take(kFrameArrow)) return read_function_line(line) || read_probe_list(line);
    return read_user_frame(line, at) || read_raw_frame(line, at) || read_named_frame(line, at) ||
           at.rest().starts_with("[FTRACE TRAMPOLINE]");
}

}  // namespace symline::log
