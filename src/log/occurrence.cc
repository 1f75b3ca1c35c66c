#include "log/occurrence.h"

namespace symline::log {

std::string_view format_name(Format format) {
    switch (format) {
        case Format::oops: return "oops";
        case Format::proc_stack: return "proc_stack";
        case Format::ftrace: return "ftrace";
        case Format::function_graph: return "function_graph";
        case Format::bpftrace: return "bpftrace";
        case Format::bcc: return "bcc";
        case Format::perf_script: return "perf_script";
        case Format::perf_report: return "perf_report";
        case Format::systemtap: return "systemtap";
        case Format::crash: return "crash";
        case Format::gdb: return "gdb";
        case Format::eu_stack: return "eu_stack";
        case Format::coredumpctl: return "coredumpctl";
        case Format::backtrace_symbols: return "backtrace_symbols";
        case Format::asan: return "asan";
        case Format::segfault: return "segfault";
    }
    return "";
}

std::string_view kind_name(Kind kind) {
    switch (kind) {
        case Kind::exact: return "exact";
        case Kind::call: return "call";
        case Kind::unreliable: return "unreliable";
        case Kind::definition: return "definition";
    }
    return "";
}

}  // namespace symline::log
