#include "log/stack_lines.h"

#include <algorithm>

#include "log/message_front.h"
#include "log/symbol_text.h"
#include "log/text.h"
#include "log/trap_entries.h"

namespace symline::log {

namespace {

/// A frame taken apart: [ADDRESS] NAME[+OFFSET] [(FILE)] or [MODULE].
struct FrameParts {
    std::optional<Number> number;  ///< #N
    std::optional<Number> address;
    std::string_view name;
    std::optional<std::uint64_t> offset;
    bool hex_offset = false;
    std::string_view file;    ///< what stands in the last parentheses
    std::string_view module;  ///< what stands in the last brackets
    Span text;
};

/// "NAME+OFFSET": the offset after the last '+', for names of C++ hold that character too.
bool split_offset(std::string_view text, FrameParts& frame) {
    const auto plus = text.rfind('+');
    if (plus == std::string_view::npos || plus == 0) return false;
    Cursor at(text, plus + 1);
    auto offset = at.prefixed_hex();
    frame.hex_offset = offset.has_value();
    if (!offset) offset = at.decimal();
    if (!offset || !at.done()) return false;
    frame.name = text.substr(0, plus);
    frame.offset = offset->value;
    return true;
}

bool is_identifier(std::string_view name) {
    return !name.empty() && is_symbol_start(name.front()) &&
           std::all_of(name.begin(), name.end(), is_symbol_char);
}

/// Takes what Python 3 prints of bytes apart: "b'vfs_read+0x9e [ext4]'", also "b'vfs_read'+0x9e".
std::string_view take_quotes(std::string_view text, FrameParts& frame) {
    if (!text.starts_with("b'")) return text;
    const auto close = text.rfind('\'');
    const auto inside = text.substr(2, close - std::min<std::size_t>(close, 2));
    if (close + 1 == text.size()) return inside;
    Cursor at(text, close + 1);
    if (close < 2 || !at.take('+')) return text;
    const auto offset = at.prefixed_hex();
    if (!offset || !at.done()) return text;
    frame.offset = offset->value;
    frame.hex_offset = true;
    return inside;
}

/// A C++ or Rust name as tracers print it: it may hold spaces, but begins as a name does.
bool is_demangled(std::string_view name) {
    return !name.empty() && name.size() <= 8192 &&
           (is_symbol_start(name.front()) || name.front() == '~' || name.front() == '<' ||
            name.front() == '(') &&
           name.find_first_of(":(<") != std::string_view::npos;
}

/// Takes "(FILE)" or "[MODULE]" off the end.
std::string_view take_container(std::string_view text, FrameParts& frame) {
    const bool file = text.ends_with(')');
    if (!file && !text.ends_with(']')) return text;
    const auto open = text.rfind(file ? " (" : " [");
    if (open == std::string_view::npos) return text;
    const auto inside = text.substr(open + 2, text.size() - open - 3);
    if (inside.empty()) return text;
    (file ? frame.file : frame.module) = inside;
    return trimmed_right(text.substr(0, open));
}

/// "(/usr/lib/x86_64-linux-gnu/libc.so.6)", "([kernel.kallsyms])", "(/memfd:x (deleted))"
std::string_view take_parentheses(std::string_view text, FrameParts& frame) {
    constexpr std::string_view kDeleted = " (deleted))";
    if (text.ends_with(kDeleted)) {
        const auto open = text.rfind(" (", text.size() - kDeleted.size() - 1);
        if (open != std::string_view::npos) {
            frame.file = text.substr(open + 2, text.size() - open - 2 - kDeleted.size());
            return trimmed_right(text.substr(0, open));
        }
    }
    return take_container(text, frame);
}

std::optional<FrameParts> split_frame(const LineContext& line, std::string_view text) {
    FrameParts frame;
    frame.text = {line.offset_of(text), text.size()};
    Cursor at(text);
    if (at.take('#')) {
        frame.number = at.decimal();
        if (!frame.number || at.skip_spaces() == 0) return std::nullopt;
    }
    const auto after_number = at.at();
    frame.address = at.any_hex();
    if (frame.address && frame.address->digits >= 3 && (at.done() || is_space(at.peek())))
        at.skip_spaces();
    else
        frame.address.reset(), at.move_to(after_number);
    const auto rest = take_parentheses(take_quotes(at.rest(), frame), frame);
    if (frame.offset || !split_offset(rest, frame)) frame.name = rest;
    return frame;
}

bool is_kernel_file(std::string_view file) {
    return file.starts_with("[kernel") || file.starts_with("[guest.kernel") ||
           file == "/proc/kcore" || file.starts_with("/proc/kallsyms") ||
           contains(file, "/vmlinux");
}

/// "[nf_conntrack]" as the file of a frame.
std::string_view module_in(std::string_view file) {
    if (file.size() < 3 || file.front() != '[' || file.back() != ']') return {};
    file = file.substr(1, file.size() - 2);
    return is_identifier(file) || is_digit(file.front()) ? file : std::string_view();
}

Format frame_format(const FrameParts& frame) {
    if (frame.number || !frame.module.empty()) return Format::bcc;
    if (!frame.file.empty())
        return frame.offset && !frame.hex_offset ? Format::bpftrace : Format::perf_script;
    if (frame.offset)
        return !frame.hex_offset ? Format::bpftrace
               : frame.address   ? Format::perf_script
                                 : Format::bcc;
    return Format::bpftrace;
}

/// First frames are the place itself; callers are return addresses.
Kind frame_kind(const LineContext& line, const FrameParts& frame) {
    const auto& state = line.state;
    const bool first = frame.number ? frame.number->value == 0 : !state.in_stack;
    // A probe sits at a function's start, a few bytes in at most. bcc does not say whether it was
    // one or a tracepoint, which is called from somewhere in its function: the code tells.
    constexpr std::uint64_t kProbeReach = 16;
    const bool of_kernel =
        frame.file.empty() || is_kernel_file(frame.file) || !module_in(frame.file).empty();
    if (first && of_kernel && frame_format(frame) == Format::bcc &&
        frame.offset.value_or(0) > kProbeReach)
        return Kind::call;
    if (frame.number) return first ? Kind::exact : Kind::call;
    // A stack that begins with it is printed the other way round.
    if (first && is_outermost(frame.name)) return Kind::call;
    if (first && of_kernel && state.sampled_tracepoint &&
        frame_format(frame) == Format::perf_script)
        return Kind::call;
    if (first)
        return state.probe_at_call && frame.offset.value_or(2) > 1 ? Kind::call : Kind::exact;
    return state.after_trap && !frame.name.starts_with("asm_") ? Kind::exact : Kind::call;
}

Occurrence& add_frame(const LineContext& line, const FrameParts& frame, Format format) {
    auto& added = line.add(format, frame_kind(line, frame), frame.text.offset, frame.text.end());
    if (frame.name != "[unknown]") added.symbol = frame.name;
    added.offset = frame.offset;
    if (frame.address) added.address = frame.address->value;
    return added;
}

void note_frame(const LineContext& line, const FrameParts& frame) {
    line.state.in_stack = true;
    line.state.after_trap = is_trap_entry(frame.name);
}

/// "ffffffff8834c51a name+0x4a (FILE)", "5649feec4090 readline+0 (/usr/bin/bash)"
bool add_frame_of_file(const LineContext& line, const FrameParts& frame) {
    const bool unknown = frame.name == "[unknown]";
    if (!unknown && !frame.offset && !frame.address) return false;
    if (!unknown && !is_identifier(frame.name) && !is_demangled(frame.name)) return false;
    const auto module = module_in(frame.file);
    if (is_kernel_file(frame.file) ||
        (!module.empty() && frame.address && is_kernel_address(*frame.address))) {
        // An address of all ones ends a stack.
        const bool has_address = frame.address && frame.address->value != UINT64_MAX;
        if (is_generated_code(frame.name) || (unknown && !has_address)) return true;
        auto& added = add_frame(line, frame, frame_format(frame));
        if (!is_kernel_file(frame.file)) added.module = module;
        return true;
    }
    // "[unknown]", "[vdso]", "inlined", "[JIT] tid 12": nothing to look into.
    if (frame.file.front() == '[' || frame.file == "inlined") return true;
    if (!contains(frame.file, "/") && !contains(frame.file, ".so")) return false;
    const auto plus = frame.file.rfind("+0x");
    if (!frame.address && plus == std::string_view::npos) {
        if (!frame.offset) return false;
        auto& added = add_frame(line, frame, frame_format(frame));
        added.space = AddressScope::file;
        added.file = frame.file;
        return true;
    }
    auto& added = add_frame(line, frame, frame_format(frame));
    added.file = frame.file;
    added.space = AddressScope::file;
    if (plus != std::string_view::npos) {
        // bcc: "(/usr/lib/libc-2.31.so+0x9ed14)"
        Cursor at(frame.file, plus + 1);
        if (const auto offset = at.prefixed_hex(); offset && at.done()) {
            added.file = frame.file.substr(0, plus);
            added.address = offset->value;
        }
    } else if (added.format == Format::bpftrace) {
        added.space = AddressScope::user;
    } else {
        added.is_file_offset = true;
    }
    return true;
}

/// A frame without file: "ip_output+1", "ffffffffb4019501 do_mmap+1", "mutex_lock_nested+0x5
/// [kernel]"
bool add_kernel_frame(const LineContext& line, const FrameParts& frame) {
    if (frame.address && frame.name.empty()) {
        // Raw mode. A short number is no address, and a user's has no file here.
        if (frame.address->digits != 16 || !is_kernel_address(*frame.address)) return false;
        add_frame(line, frame, frame_format(frame)).symbol = {};
        return true;
    }
    if (!frame.offset) return false;
    if (frame.address && !is_kernel_address(*frame.address))
        return is_identifier(frame.name) || is_demangled(frame.name);
    if (!is_identifier(frame.name)) return line.state.in_stack && is_demangled(frame.name);
    if (is_generated_code(frame.name)) return true;
    if (frame.name.size() < 3 && !frame.address) return false;
    auto& added = add_frame(line, frame, frame_format(frame));
    if (frame.module != "kernel") added.module = frame.module;
    return true;
}

bool read_frame(const LineContext& line, std::string_view text) {
    const auto frame = split_frame(line, text);
    if (!frame) return false;
    // A bracket that is no module's name makes the line something else.
    if (!frame->module.empty() && frame->module != "unknown" && !is_identifier(frame->module) &&
        !is_digit(frame->module.front()))
        return false;
    const bool is_frame =
        frame->file.empty() ? add_kernel_frame(line, *frame) : add_frame_of_file(line, *frame);
    if (is_frame) note_frame(line, *frame);
    return is_frame;
}

/// perf script -F sym: a bare name after a sample's header.
bool read_bare_name(const LineContext& line) {
    if (line.state.tracer != Tracer::perf_script || line.indentation() == 0) return false;
    FrameParts frame;
    const auto rest = take_parentheses(line.message, frame);
    if (!is_identifier(rest) || rest == "unknown") return false;
    if (!frame.file.empty() && !is_kernel_file(frame.file) && frame.file.front() != '/')
        return false;
    auto& added = line.add(Format::perf_script, Kind::definition, line.start(),
                           line.start() + line.message.size());
    added.symbol = rest;
    if (!frame.file.empty() && !is_kernel_file(frame.file))
        added.file = frame.file, added.space = AddressScope::file;
    line.state.in_stack = true;
    return true;
}

/// "    1003009 cpu-clock:pppH:" is a counter's overflow; "sched:sched_switch: prev_comm=…" a
/// tracepoint's, whose samples begin with a return address, but "probe:" and "sdt_" of perf probe.
bool is_tracepoint(std::string_view event) {
    constexpr std::string_view kModifiers = "ukhpPGHSDIWebRX";
    Cursor at(event);
    at.skip_spaces();
    if (at.decimal() && at.skip_spaces() == 0) return false;
    const auto group = at.symbol();
    if (group.empty() || !at.take(':')) return false;
    const auto name = at.symbol();
    return at.take(':') && name.find_first_not_of(kModifiers) != std::string_view::npos &&
           !group.starts_with("probe") && !group.starts_with("sdt_");
}

/// "comm  5713 [000]  7909.014673:    1003009 cpu-clock:pppH:" and the frame that may follow in it.
bool read_sample_header(const LineContext& line) {
    const auto message = line.message;
    for (auto colon = message.find(": "); colon < 160; colon = message.find(": ", colon + 1)) {
        if (colon < 8 || !is_digit(message[colon - 1]) || message[colon - 7] != '.') continue;
        if (message.ends_with(':')) line.state.tracer = Tracer::perf_script;
        line.state.sampled_tracepoint = is_tracepoint(message.substr(colon + 2));
        // A sample without a call graph has its frame after the event's name.
        const auto event = message.substr(0, 4096).rfind(":  ");
        if (!message.ends_with(')') || event == std::string_view::npos || event <= colon)
            return false;
        line.state.in_stack = false;
        return read_frame(line, trimmed(message.substr(event + 1)));
    }
    return false;
}

/// Whether the word follows a space: "kretprobe:" ends in a word of its own.
bool has_word(std::string_view text, std::string_view word) {
    for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        if (at > 0 && text[at - 1] == ' ') return true;
    }
    return false;
}

/// Of "\n" and "\t" as they stand in JSON.
std::string_view without_escapes(std::string_view text) {
    text = trimmed(text);
    while (text.starts_with("\\t")) text = trimmed(text.substr(2));
    return text;
}

/// Whether the text shows that a line without indentation is a stack's: by what stands above, or by
/// the frame before it.
bool is_shown(const StackState& state) {
    return state.shown != ShownStack::none || state.of_bpftrace || state.in_stack ||
           state.tracer == Tracer::perf_script;
}

}  // namespace

void note_shown_stack(const LineContext& line) {
    auto& state = line.state;
    const auto message = line.message;
    if (message.ends_with(kStackBelow)) {
        state.shown = ShownStack::below;
    } else if (message.starts_with('@') && message.ends_with('[')) {
        state.shown = ShownStack::in_key;
    } else if (state.shown == ShownStack::in_key && (message.empty() || contains(message, "]: "))) {
        state.shown = ShownStack::none;
    }
    if (message.starts_with(kAttaching) && is_digit(Cursor(message, kAttaching.size()).peek()))
        state.of_bpftrace = true;
}

bool read_stack_line(const LineContext& line) {
    // Names, signatures and paths of a frame; longer lines are something else.
    if (line.message.size() > 16384) return false;
    const auto text = line.message;
    if (line.indentation() != 0 && line.state.in_stack &&
        (text.starts_with("[inlined]") || text.ends_with("(inlined)")))
        return true;
    // "symbol+0x1/0x2" is the kernel's own form.
    const auto slash = text.find("/0x");
    if (slash != std::string_view::npos && contains(text.substr(0, slash), "+0x")) return false;
    // Every one of these tools indents its frames: one without could be anything, the next one is a
    // frame of the same stack.
    if (line.indentation() == 0) {
        if (!is_whole_frame(text)) return read_sample_header(line);
        if (!is_shown(line.state)) return true;
    }
    return read_frame(line, text) || read_bare_name(line) || read_sample_header(line);
}

bool read_next_frame(std::string_view line, StackState& state, ParsedLine& result) {
    const auto indent = std::min(line.find_first_not_of(" \t"), line.size());
    const auto text = line.substr(indent);
    // Others begin with words of reports: "Oops".
    if (indent == 0 || text.empty() || is_digit(text.front()) || is_upper(text.front()))
        return false;
    std::size_t end = 0;
    bool is_number = true;
    for (; end < text.size() && is_symbol_char(text[end]); ++end)
        is_number = is_number && is_hex(text[end]);
    constexpr std::size_t kShortest = 3, kMostDigits = 18;
    if (is_number || end < kShortest || end > kMaxSymbol || end == text.size() || text[end] != '+')
        return false;
    const auto digits = text.substr(end + 1);
    if (digits.empty() || digits.size() > kMostDigits || !std::ranges::all_of(digits, is_digit))
        return false;
    FrameParts frame;
    frame.name = text.substr(0, end);
    frame.offset = Cursor(digits).decimal()->value;
    frame.text = {indent, text.size()};
    result.indent = {0, indent};
    const LineContext context{line, text, state, result, true};
    add_kernel_frame(context, frame);
    note_frame(context, frame);
    return true;
}

bool read_json_stacks(const LineContext& line) {
    auto rest = line.message;
    if (!rest.starts_with("{\"")) return false;
    bool found = false;
    const auto before = line.result.occurrences.size();
    line.state.in_stack = false;
    while (!rest.empty() && !line.is_full()) {
        const auto end = std::min(rest.find("\\n"), rest.size());
        const auto text = without_escapes(rest.substr(0, end));
        const bool is_frame = text.size() < 8192 && !contains(text, "\"") && read_frame(line, text);
        if (!is_frame) line.state.in_stack = false;
        found = found || is_frame;
        rest = rest.substr(std::min(end + 2, rest.size()));
    }
    line.state.in_stack = false;
    for (auto added = before; added < line.result.occurrences.size(); ++added)
        line.result.occurrences[added].in_json = true;
    return found;
}

void note_stack_header(const LineContext& line) {
    const auto head = line.message.substr(0, 512);
    const auto named = [&](const Mark& probe) { return contains(head, probe.word); };
    if (std::ranges::any_of(kReturnProbes, named)) {
        const auto alone = [&](const Mark& probe) { return has_word(head, probe.word); };
        line.state.probe_at_call =
            !std::ranges::any_of(kEntryProbes, alone) && !contains(head, kProfileProbe);
    } else if (std::ranges::any_of(kEntryProbes, named)) {
        line.state.probe_at_call = false;
    }
}

}  // namespace symline::log
