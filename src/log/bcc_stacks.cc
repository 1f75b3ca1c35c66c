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
/// stack", "by kernel off-CPU and waker stack".
BccStacks stacks_by(std::string_view head) {
    const auto by = head.find(" by ");
    if (by == std::string_view::npos || !contains(head.substr(by), kByStack))
        return BccStacks::none;
    const auto whose = head.substr(by + 4);
    if (whose.starts_with("kernel ")) return BccStacks::kernel;
    if (whose.starts_with("user + kernel ")) return BccStacks::kernel_first;
    return whose.starts_with("user ") ? BccStacks::user : BccStacks::none;
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
    if (head.starts_with("Sampling at ") && contains(head, " Hertz of ")) {
        const auto stacks = stacks_by(head);
        return stacks == BccStacks::kernel_first ? BccStacks::mixed : stacks;
    }
    Cursor at(head);
    if (at.take("Tracing ") && at.decimal()) return stacks_of_functions(at.rest());
    return BccStacks::none;
}

/// Unindented lines between the stacks: "^C", "10:23:05", "[...]", "Detaching...".
bool is_between_stacks(std::string_view message) {
    if (message.empty() || message == "^C" || message.starts_with("[...")) return true;
    Cursor at(message);
    return at.decimal() && at.take(':') && at.decimal() && at.take(':') && at.decimal() &&
           at.done();
}

/// A name as it stands alone in a line, without profile's mark of the kernel's.
struct BccName {
    std::string_view name;
    bool annotated = false;
};

BccName name_in(std::string_view text) {
    constexpr std::string_view kAnnotation = "_[k]";
    BccName found;
    found.annotated = text.ends_with(kAnnotation);
    if (found.annotated) text.remove_suffix(kAnnotation.size());
    Cursor at(text);
    const auto name = at.symbol();
    if (at.done()) found.name = name;
    return found;
}

/// "    ffffffff810df082 hrtimer_wakeup"
bool read_address_and_name(const LineContext& line) {
    // By two or four; a column alone could be of kallsyms or of another table.
    if (line.indentation() < 2) return false;
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

/// Where the names of a stack may be a program's until something says otherwise.
void begin_stack(StackState& state) {
    state.bcc_user = state.bcc == BccStacks::user;
    state.bcc_doubt = state.bcc == BccStacks::mixed;
}

bool read_name(const LineContext& line) {
    auto& state = line.state;
    if (state.bcc == BccStacks::none || line.indentation() < 2) return false;
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
    return text.find_first_not_of("0123456789") == std::string_view::npos || text.ends_with(']');
}

/// From here on the names are a program's, or are the kernel's again.
void note_part(const LineContext& line) {
    auto& user = line.state.bcc_user;
    const auto text = line.message;
    if (text == "--" || text == "[unknown]" || text == "[Missed Kernel Stack]") user = true;
    // Between the stacks of who woke and who was woken.
    if (text.starts_with("-  ") || text.starts_with("--  ")) begin_stack(line.state);
}

}  // namespace

void note_bcc_tool(const LineContext& line) {
    auto& state = line.state;
    if (line.message.empty()) return begin_stack(state);
    if (line.indentation() != 0) return;
    const char first = line.message.front();
    if (state.bcc == BccStacks::none && first != 'T' && first != 'S') return;
    const auto stacks = stacks_of_header(line.message);
    if (stacks != BccStacks::none) {
        state.bcc = stacks;
        begin_stack(state);
    } else if (!is_between_stacks(line.message)) {
        state.bcc = BccStacks::none;
    }
}

bool read_bcc_frame(const LineContext& line) {
    if (line.message.size() > kMaxLine) return false;
    if (read_address_and_name(line)) return true;
    if (line.state.bcc == BccStacks::none) return false;
    if (read_name(line)) return true;
    note_part(line);
    // What the tool does not print ends its output; an offset is for other rules.
    if (line.indentation() != 0 && !is_around_names(line) && !line.message.contains("+0x"))
        line.state.bcc = BccStacks::none;
    return false;
}

}  // namespace symline::log
