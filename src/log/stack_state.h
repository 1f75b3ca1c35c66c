// What the parser keeps between lines.
#pragma once

#include <cstdint>

namespace symline::log {

/// Tools whose lines mean something only after lines that came before.
enum class Tracer : std::uint8_t {
    none,
    perf_script,     ///< after a sample's header: a bare name is a frame
    perf_report,     ///< in a call graph: a bare name is a frame
    trace_hist,      ///< in "{ stacktrace:" of a histogram
    pwru,            ///< functions that a packet passed
    pwru_caller,     ///< ... with their callers
    retsnoop_calls,  ///< below "FUNCTION CALL TRACE"
    rtla,            ///< below "Blocking thread stack trace"
    lock_table,      ///< below klockstat's titles: callers and times
    count_table,     ///< below vfscount's
    allocations,     ///< below memleak's "5 allocations from stack"
};

/// What the text says of the lines below: that they are a stack's, also without indentation.
enum class ShownStack : std::uint8_t {
    none,
    below,   ///< "call stack:": until a line that is no frame
    in_key,  ///< bpftrace's "@[", until "]: 7"
};

/// Whose the names in the stacks of a bcc tool are.
enum class BccStacks : std::uint8_t {
    none,          ///< no such tool printed the text
    kernel,        ///< the kernel's
    kernel_first,  ///< the kernel's, and below them a program's
    mixed,         ///< the kernel's, a program's, or both
    user,          ///< a program's
};

/// What a bcc tool prints above each stack: an event, in a line that begins without indentation.
enum class BccEvents : std::uint8_t {
    none,     ///< nothing
    slow,     ///< funcslower: what took long
    checks,   ///< capable: a check of a capability
    calls,    ///< stacksnoop: a call of the function
    block_io  ///< biostacks: who did it; the stack is not indented either
};

struct StackState {
    bool in_stack = false;  ///< the line before was a frame
    /// For how many lines more, broken ones, frames have their function's size, as the kernel
    /// prints it: counted from the last frame that has.
    std::uint8_t sized_lines = 0;
    bool after_trap = false;  ///< ... of a trap's entry code: the next frame is where it came from
    /// A hash of the program counter that the report named last: a stack that begins with it
    /// repeats it. 0: none.
    std::uint64_t pc = 0;
    /// ... of a warning or a program counter, and ends where its symbol should stand.
    bool cut_before_place = false;
    bool after_signal = false;  ///< gdb's "<signal handler called>", likewise
    bool probe_at_call =
        false;  ///< the last probe named was one whose first frame is a return address
    bool sampled_tracepoint = false;  ///< the last sample of perf was one
    bool in_journal = false;          ///< messages are fields of journalctl -o export
    bool of_bpftrace = false;         ///< "Attaching 1 probe..." stands above
    bool java_stack_below = false;    ///< "Native frames:" is the line above
    ShownStack shown = ShownStack::none;
    BccStacks bcc = BccStacks::none;
    BccEvents bcc_events = BccEvents::none;
    bool bcc_user = false;   ///< from here on the stack's names are a program's
    bool bcc_doubt = false;  ///< from here on they may be
    Tracer tracer = Tracer::none;

    bool operator==(const StackState&) const = default;
    /// Whether the line is below a frame, and nothing else that was seen could make another frame
    /// mean more than a frame.
    bool is_plain_stack() const {
        StackState plain;
        plain.in_stack = true;
        plain.after_trap = after_trap;
        plain.of_bpftrace = of_bpftrace;
        // What the first frame is, and who ends the stack.
        plain.probe_at_call = probe_at_call;
        plain.sampled_tracepoint = sampled_tracepoint;
        plain.shown = shown;
        return *this == plain;
    }
};

}  // namespace symline::log
