// What wrote a line of a log, and how a place in it relates to the instruction that is meant.
//
//     for (const symline::DecodedFrame& frame : line.frames) {
//         if (frame.logged.format != symline::LogFormat::oops) continue;
//         std::cout << frame.logged.symbol << ": " << name_of(frame.logged.kind) << '\n';
//     }
//
// The functions are in the library symline::decoder.
#pragma once

#include <string_view>

namespace symline {

/// What wrote the line.
enum class LogFormat {
    oops,            ///< stack traces and registers of the kernel's own reports, every architecture
    proc_stack,      ///< /proc/PID/stack
    ftrace,          ///< " => func", stack triggers, kprobe events, function tracer lines
    function_graph,  ///< function_graph tracer, funcgraph: names only
    bpftrace,
    bcc,
    perf_script,
    perf_report,
    systemtap,
    crash,  ///< the crash utility's bt
    gdb,    ///< unresolved gdb frames
    eu_stack,
    coredumpctl,
    backtrace_symbols,  ///< backtrace_symbols(3)
    asan,               ///< AddressSanitizer and the other sanitizers
    segfault,           ///< "segfault at ... ip ... in X[base+size]"
    tombstone,          ///< Android's "#00 pc OFFSET FILE"
    hs_err,             ///< native frames of the Java virtual machine's crash reports
    faulthandler,       ///< the C stack of Python's faulthandler
    symbolizer_markup,  ///< LLVM's "{{{bt:0:0x...}}}", "{{{pc:0x...}}}"
    retsnoop,
    pwru,
    dropwatch,
};
/// As the enumerator: "perf_script".
[[nodiscard]] std::string_view name_of(LogFormat format);

/// How a place of a log relates to the instruction that is meant.
enum class FrameKind {
    exact,       ///< a program counter or a pointer: looked up as it is
    call,        ///< a return address: looked up at address - 1
    unreliable,  ///< a return address that may be stale ("? ", "(unreliable)", "(inexact)")
    definition,  ///< a name without an offset: where the function is defined
};
/// As the enumerator: "unreliable".
[[nodiscard]] std::string_view name_of(FrameKind kind);

}  // namespace symline
