#include "log/occurrence.h"

namespace symline {

std::string_view name_of(LogFormat format) {
    switch (format) {
        case LogFormat::oops: return "oops";
        case LogFormat::proc_stack: return "proc_stack";
        case LogFormat::ftrace: return "ftrace";
        case LogFormat::function_graph: return "function_graph";
        case LogFormat::bpftrace: return "bpftrace";
        case LogFormat::bcc: return "bcc";
        case LogFormat::perf_script: return "perf_script";
        case LogFormat::perf_report: return "perf_report";
        case LogFormat::systemtap: return "systemtap";
        case LogFormat::crash: return "crash";
        case LogFormat::gdb: return "gdb";
        case LogFormat::eu_stack: return "eu_stack";
        case LogFormat::coredumpctl: return "coredumpctl";
        case LogFormat::backtrace_symbols: return "backtrace_symbols";
        case LogFormat::asan: return "asan";
        case LogFormat::segfault: return "segfault";
        case LogFormat::tombstone: return "tombstone";
        case LogFormat::hs_err: return "hs_err";
        case LogFormat::faulthandler: return "faulthandler";
        case LogFormat::symbolizer_markup: return "symbolizer_markup";
        case LogFormat::retsnoop: return "retsnoop";
        case LogFormat::pwru: return "pwru";
        case LogFormat::dropwatch: return "dropwatch";
    }
    return "";
}

std::string_view name_of(FrameKind kind) {
    switch (kind) {
        case FrameKind::exact: return "exact";
        case FrameKind::call: return "call";
        case FrameKind::unreliable: return "unreliable";
        case FrameKind::definition: return "definition";
    }
    return "";
}

}  // namespace symline
