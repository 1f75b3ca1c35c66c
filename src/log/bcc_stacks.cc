#include "log/bcc_stacks.h"

#include <algorithm>

#include "log/symbol_text.h"
#include "log/text.h"
#include "log/trap_entries.h"

namespace symline::log {

namespace {

/// Names, also those of C++ in stacks of programs; longer lines are something else.
constexpr std::size_t kMaxLine = 4096;

/// What a tool's header says of the stacks: "by kernel stack", "by user + kernel stack", "by user
/// stack", "by kernel off-CPU and waker stack"; libbpf's profile leaves the word "stack" out.
BccStacks stacks_by(std::string_view head) {
    const auto by = head.find(" by ");
    if (by == std::string_view::npos) return BccStacks::none;
    const auto whose = head.substr(by + 4);
    if (!contains(whose, kByStack) && !head.starts_with(kSampling)) return BccStacks::none;
    if (whose.starts_with("user + kernel")) return BccStacks::kernel_first;
    if (whose.starts_with("kernel")) return BccStacks::kernel;
    return whose.starts_with("user") ? BccStacks::user : BccStacks::none;
}

/// stackcount's "Tracing 1 functions for "submit_bio"... Hit Ctrl-C to end.": stacks of a program's
/// function ("c:malloc", "u:python:gc__start") have no kernel's in front.
BccStacks stacks_of_functions(std::string_view head) {
    constexpr std::string_view kFor = " functions for \"";
    const auto quote = head.find(kFor);
    if (quote == std::string_view::npos) return BccStacks::none;
    const auto pattern = head.substr(quote + kFor.size());
    const auto name = pattern.substr(0, pattern.find('"'));
    const bool kernel = !contains(name, ":") || name.starts_with("t:") || name.starts_with("p::");
    return kernel ? BccStacks::kernel_first : BccStacks::user;
}

BccStacks stacks_of_header(std::string_view message) {
    const auto head = message.substr(0, kMarkReach);
    if (head.starts_with("Tracing off-CPU time (us) of ")) return stacks_by(head);
    if (head.starts_with("Tracing blocked time (us) by kernel")) return stacks_by(head);
    // A sample may be of a program's code alone.
    if (head.starts_with(kSampling) && contains(head, " Hertz of ")) {
        const auto stacks = stacks_by(head);
        return stacks == BccStacks::kernel_first ? BccStacks::mixed : stacks;
    }
    Cursor at(head);
    if (at.take("Tracing ") && at.decimal()) return stacks_of_functions(at.rest());
    return BccStacks::none;
}

/// Of the tools that print an event above each stack.
BccEvents events_of_header(std::string_view message) {
    const auto head = message.substr(0, kMarkReach);
    if (head.starts_with(kSlowCalls)) return BccEvents::slow;
    if (head.starts_with(kBlockIo)) return BccEvents::block_io;
    if (head.starts_with("TIME ") && contains(head, " CAP ") && contains(head, kVerdict))
        return BccEvents::checks;
    const bool calls =
        head.starts_with(kCallTitle) && (head.ends_with(" SYSCALL") || head.ends_with(" FUNCTION"));
    return calls ? BccEvents::calls : BccEvents::none;
}

/// By what the tools can be asked to print.
BccStacks stacks_of_events(BccEvents events) {
    switch (events) {
        case BccEvents::none: return BccStacks::none;
        case BccEvents::slow:
        case BccEvents::checks: return BccStacks::mixed;
        default: return BccStacks::kernel;
    }
}

/// "10:23:05"
bool take_clock(Cursor& at) {
    return at.decimal() && at.take(':') && at.decimal() && at.take(':') && at.decimal();
}

/// A number with so many digits after its point.
bool is_fraction(std::string_view word, std::size_t digits) {
    Cursor at(word);
    if (!at.decimal() || !at.take('.')) return false;
    const auto fraction = at.decimal();
    return fraction && fraction->digits == digits && at.done();
}

/// "bash           11527    78.97                1 vfs_read"
bool is_slow_call(std::string_view message) {
    Cursor at(message);
    for (int words = 0; words < 8 && !at.done(); ++words) {
        const auto word = at.word();
        if (words >= 2 && is_fraction(word, 2)) return true;
        at.skip_spaces();
    }
    return false;
}

/// "dd             5711   sda": a process, its number, a disk
bool is_block_io(std::string_view message) {
    const auto disk = last_word(message);
    const auto before = trimmed_right(message.substr(0, message.size() - disk.size()));
    const auto number = last_word(before);
    return number.size() < before.size() && before.size() < message.size() && !number.empty() &&
           number.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_event(BccEvents events, std::string_view message) {
    Cursor at(message);
    switch (events) {
        case BccEvents::none: return false;
        case BccEvents::slow: return message.starts_with("COMM ") || is_slow_call(message);
        case BccEvents::checks: return take_clock(at) && contains(at.rest(), " CAP_");
        case BccEvents::calls: return is_fraction(at.word(), 9);
        case BccEvents::block_io: return is_block_io(message);
    }
    return false;
}

/// Unindented lines between the stacks: "^C", "10:23:05", "[...]", "Detaching...", events.
bool is_between_stacks(std::string_view message, BccEvents events) {
    if (message.empty() || message == "^C" || message.starts_with("[...")) return true;
    Cursor at(message);
    return (take_clock(at) && at.done()) || is_event(events, message);
}

/// What Python 3 prints of a name that is bytes: "b'vfs_read'".
std::string_view without_quotes(std::string_view text) {
    if (!text.starts_with("b'") || !text.ends_with('\'')) return text;
    return text.substr(2, text.size() - 3);
}

/// A name as it stands alone in a line, without profile's mark of the kernel's.
struct BccName {
    std::string_view name;
    bool annotated = false;
};

BccName name_in(std::string_view text) {
    constexpr std::string_view kAnnotation = "_[k]";
    BccName found;
    text = without_quotes(text);
    found.annotated = text.ends_with(kAnnotation);
    if (found.annotated) text.remove_suffix(kAnnotation.size());
    Cursor at(text);
    const auto name = at.symbol();
    if (at.done()) found.name = name;
    return found;
}

/// By two or four spaces, or by a tab; a column alone could be of kallsyms or of another table.
bool is_indented(const LineContext& line) {
    const auto indent = line.line.substr(0, line.start());
    return line.indentation() >= 2 || (line.indentation() == 1 && indent.ends_with('\t'));
}

/// "    ffffffff810df082 hrtimer_wakeup"
bool read_address_and_name(const LineContext& line) {
    // perf script's "name+0x1 ([kernel.kallsyms])" is most frequent, and not meant.
    if (!is_indented(line) || line.message.ends_with(')')) return false;
    Cursor at(line.message);
    const auto address = at.hex();
    if (!address || address->digits != 16 || !is_kernel_address(*address)) return false;
    if (at.skip_spaces() != 1) return false;
    const auto found = name_in(at.rest());
    if (found.name.empty()) return false;
    line.state.bcc_user = false;
    if (is_generated_code(found.name)) return true;
    // perf script prints such lines too, the sampled instruction first.
    const bool of_perf = line.state.tracer == Tracer::perf_script;
    auto& added = line.add(of_perf ? Format::perf_script : Format::bcc,
                           of_perf && !line.state.in_stack ? Kind::exact : Kind::call, line.start(),
                           line.start() + line.message.size());
    added.symbol = found.name;
    added.address = address->value;
    return true;
}

/// "    0 [<ffffffff9d2c4f01>] kmem_cache_alloc+0x1b1": libbpf's memleak, which traces tracepoints:
/// the first is a caller, too.
bool read_numbered(const LineContext& line) {
    Cursor at(line.line, line.start());
    if (!at.decimal() || !at.take(" [<")) return false;
    const auto from = at.at() - 2;
    const auto address = at.hex();
    if (!address || address->digits != 16 || !at.take(">] ")) return false;
    const auto symbol = at.symbol();
    if (symbol.empty() || !at.take('+')) return false;
    const auto offset = at.prefixed_hex();
    if (!offset || at.peek() == '/') return false;
    if (!is_kernel_address(*address) || is_generated_code(symbol)) return true;
    auto& added = line.add(Format::bcc, Kind::call, from, at.at());
    added.symbol = symbol;
    added.offset = offset->value;
    added.address = address->value;
    added.insert_at = line.start() + line.message.size();
    return true;
}

/// "                 bpf_prog_load [kernel]": memleak's, before it printed offsets
bool read_allocator(const LineContext& line) {
    if (line.state.tracer != Tracer::allocations || line.indentation() < 2) return false;
    constexpr std::string_view kKernel = " [kernel]";
    const auto text = without_quotes(line.message);
    if (!text.ends_with(kKernel)) return false;
    const auto found = name_in(text.substr(0, text.size() - kKernel.size()));
    if (found.name.empty() || is_generated_code(found.name)) return !found.name.empty();
    const auto from = line.offset_of(found.name);
    auto& added = line.add(Format::bcc, Kind::definition, from, from + text.size());
    added.symbol = found.name;
    added.insert_at = line.start() + line.message.size();
    return true;
}

/// "                psi_avgs_work+0x2e       3675      5       5468      18379", libbpf's with
/// units: "  1.2 ms"
bool read_lock_caller(const LineContext& line) {
    if (line.state.tracer != Tracer::lock_table) return false;
    Cursor at(line.line, line.start());
    const auto symbol = at.symbol();
    if (symbol.empty() || !at.take('+')) return false;
    const auto offset = at.prefixed_hex();
    const auto end = at.at();
    if (!offset || at.skip_spaces() == 0 || !is_digit(at.peek())) return false;
    if (is_generated_code(symbol)) return true;
    auto& added = line.add(Format::bcc, Kind::call, line.start(), end);
    added.symbol = symbol;
    added.offset = offset->value;
    added.insert_at = line.start() + line.message.size();
    return true;
}

/// "ffffffff811f2cc1 vfs_create         24" of vfscount: where the probe sits
bool read_counted(const LineContext& line) {
    if (line.state.tracer != Tracer::count_table) return false;
    Cursor at(line.line, line.start());
    const auto address = at.hex();
    if (!address || address->digits != 16 || at.skip_spaces() == 0) return false;
    const auto symbol = at.symbol();
    const auto end = at.at();
    if (symbol.empty() || at.skip_spaces() == 0 || !at.decimal() || !at.at_end()) return false;
    if (!is_kernel_address(*address) || is_generated_code(symbol)) return true;
    auto& added = line.add(Format::bcc, Kind::exact, line.start(), end);
    added.symbol = symbol;
    added.address = address->value;
    added.insert_at = line.start() + line.message.size();
    return true;
}

/// Notes titles of tables, what stands above memleak's stacks, and where these end.
void note_table(const LineContext& line) {
    auto& tracer = line.state.tracer;
    const auto message = line.message;
    if (tracer == Tracer::allocations && line.indentation() == 0) tracer = Tracer::none;
    if (tracer == Tracer::count_table && !is_hex(message.front())) tracer = Tracer::none;
    if (message.ends_with(kAllocations)) tracer = Tracer::allocations;
    if (message.starts_with("Caller ") && contains(message, " Avg ") && line.indentation() > 0)
        tracer = Tracer::lock_table;
    if (message.starts_with(kCountTitle) && contains(message, " FUNC ") &&
        message.ends_with(" COUNT"))
        tracer = Tracer::count_table;
}

/// Where the names of a stack may be a program's until something says otherwise.
void begin_stack(StackState& state) {
    state.bcc_user = state.bcc == BccStacks::user;
    state.bcc_doubt = state.bcc == BccStacks::mixed;
}

bool read_name(const LineContext& line) {
    auto& state = line.state;
    if (state.bcc == BccStacks::none) return false;
    if (!is_indented(line) && state.bcc_events != BccEvents::block_io) return false;
    const auto found = name_in(line.message);
    if (found.name.empty()) return false;
    if (!state.bcc_user && !is_generated_code(found.name)) {
        auto& added = line.add(Format::bcc, Kind::definition, line.start(),
                               line.start() + line.message.size());
        added.symbol = found.name;
        added.may_be_user = state.bcc_doubt && !found.annotated;
    }
    // The kernel faults, too.
    if (state.bcc != BccStacks::kernel && is_trap_entry(found.name)) state.bcc_doubt = true;
    if (is_outermost(found.name)) state.bcc_user = true;
    return true;
}

/// "-                process (pid)", "target:          vmstat", "    tar [15069]", a count, "--",
/// "[unknown]", "[Missed User Stack]"
bool is_around_names(const LineContext& line) {
    const auto text = line.message;
    if (text.starts_with("[") || text.starts_with("-")) return true;
    if (text.starts_with("target: ") || text.starts_with("waker: ")) return true;
    // A histogram below biostacks' stacks.
    if (line.state.bcc_events == BccEvents::block_io && contains(text, " : ")) return true;
    return text.find_first_not_of("0123456789") == std::string_view::npos || text.ends_with(']');
}

/// A frame below "Tracing block I/O with init stacks": the stacks there are not indented.
bool is_name_of_block_io(const LineContext& line) {
    return line.state.bcc_events == BccEvents::block_io && !name_in(line.message).name.empty();
}

/// From here on the names are a program's, or are the kernel's again.
void note_part(const LineContext& line) {
    auto& user = line.state.bcc_user;
    const auto text = line.message;
    if (text == "--" || text == "[unknown]" || text == "[Missed Kernel Stack]") user = true;
    if (line.indentation() == 0 && is_event(line.state.bcc_events, text)) begin_stack(line.state);
    // Between the stacks of who woke and who was woken.
    if (text.starts_with("-  ") || text.starts_with("--  ")) begin_stack(line.state);
}

}  // namespace

void note_bcc_tool(const LineContext& line) {
    auto& state = line.state;
    if (line.message.empty()) return begin_stack(state);
    note_table(line);
    if (line.indentation() != 0) return;
    const char first = line.message.front();
    if (state.bcc == BccStacks::none && first != 'T' && first != 'S') return;
    const auto events = events_of_header(line.message);
    const auto stacks =
        events != BccEvents::none ? stacks_of_events(events) : stacks_of_header(line.message);
    if (stacks != BccStacks::none) {
        state.bcc = stacks;
        state.bcc_events = events;
        begin_stack(state);
    } else if (!is_between_stacks(line.message, state.bcc_events) && !is_name_of_block_io(line)) {
        state.bcc = BccStacks::none;
    }
}

bool read_bcc_frame(const LineContext& line) {
    if (line.message.size() > kMaxLine) return false;
    if (read_address_and_name(line) || read_numbered(line) || read_allocator(line)) return true;
    if (read_lock_caller(line) || read_counted(line)) return true;
    if (line.state.bcc == BccStacks::none) return false;
    if (read_name(line)) return true;
    note_part(line);
    // What the tool does not print ends its output; an offset is for other rules.
    if (line.indentation() != 0 && !is_around_names(line) && !line.message.contains("+0x"))
        line.state.bcc = BccStacks::none;
    return false;
}

}  // namespace symline::log
