#include "output/core_report.h"
#include "output/json.h"
#include "output/json_fields.h"
#include "output/numbers.h"

namespace symline::output {
namespace {

/// JSON's numbers lose the low bits of an address.
void append_address(std::string& out, std::string_view key, std::uint64_t value) {
    append_key(out, key);
    out += '"';
    append_0x(out, value);
    out += '"';
}

template <typename Range, typename Append>
void append_list(std::string& out, std::string_view key, const Range& range, Append append) {
    append_key(out, key);
    out += '[';
    bool first = true;
    for (const auto& each : range) {
        if (!first) out += ',';
        first = false;
        append(each);
    }
    out += ']';
}

void append_function(std::string& out, const Frame& frame) {
    out += '{';
    // A symbol table has the linker's name alone.
    std::string readable;
    if (frame.name_source != NameSource::dwarf) {
        readable = demangle(frame.name, DemangleStyle::gnu);
    }
    const bool mangled = !readable.empty() && readable != frame.name;
    append_text(out, "function",
                mangled              ? readable
                : frame.name.empty() ? frame.linkage_name
                                     : frame.name);
    append_text(out, "linkage_name", mangled ? frame.name : frame.linkage_name);
    append_text(out, "file", frame.location.file);
    append_number(out, "line", frame.location.line);
    append_number(out, "column", frame.location.column);
    append_key(out, "inlined");
    out += frame.inlined ? "true}" : "false}";
}

void append_frame(std::string& out, const CoreFrame& frame) {
    out += '{';
    append_address(out, "pc", frame.pc);
    append_text(out, "module", frame.module);
    if (!frame.module.empty()) append_address(out, "offset", frame.offset);
    append_text(out, "build_id", frame.build_id);
    append_text(out, "unwound_by", frame.unwound_by);
    append_list(out, "frames", frame.frames,
                [&](const Frame& each) { append_function(out, each); });
    append_text(out, "miss", frame.miss);
    out += '}';
}

void append_thread(std::string& out, const CoreThreadReport& thread) {
    out += '{';
    if (!thread.tids.empty()) {
        append_key(out, "tid");
        out += std::to_string(thread.tids.front());
    }
    if (thread.cpu) {
        append_key(out, "cpu");
        out += std::to_string(*thread.cpu);
    }
    append_text(out, "name", thread.name);
    append_key(out, "crashing");
    out += thread.crashing ? "true" : "false";
    if (!thread.registers.empty()) {
        append_key(out, "registers");
        out += '{';
        for (const auto& each : thread.registers) append_address(out, each.name, each.value);
        out += '}';
    }
    append_list(out, "frames", thread.frames,
                [&](const CoreFrame& each) { append_frame(out, each); });
    append_text(out, "stopped", thread.stopped);
    append_text(out, "log", thread.log);
    out += '}';
}

}  // namespace

void append_core_json(std::string& out, const CoreReport& report) {
    out += '{';
    append_text(out, "core", report.core);
    if (report.pid != 0) {
        append_key(out, "pid");
        out += std::to_string(report.pid);
    }
    if (report.signal != 0) append_text(out, "signal", signal_name(report.signal));
    if (report.fault_address) append_address(out, "fault_address", *report.fault_address);
    append_text(out, "program", report.program);
    append_text(out, "release", report.release);
    if (report.kernel_offset) append_address(out, "kernel_offset", *report.kernel_offset);
    append_text(out, "vmlinux", report.vmlinux);
    append_text(out, "panic", report.panic);
    append_text(out, "build_id", report.build_id);
    append_text(out, "command", report.command_line);
    append_list(out, "threads", report.threads,
                [&](const CoreThreadReport& each) { append_thread(out, each); });
    append_text(out, "log", report.log);
    if (!report.problems.empty()) {
        append_list(out, "problems", report.problems,
                    [&](const std::string& each) { append_json_string(out, each); });
    }
    out += "}\n";
}

}  // namespace symline::output
