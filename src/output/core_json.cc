#include "output/core_report.h"
#include "output/function_json.h"
#include "output/json_writer.h"
#include "output/kernel_tables.h"
#include "output/missing_json.h"
#include "output/module_table.h"
#include "output/signal_words.h"

namespace symline::output {
namespace {

const std::vector<SourceLine> kNoLines;

void write_function(JsonWriter& json, const Frame& frame, const std::vector<SourceLine>& source,
                    const NameStyle& names) {
    json.begin_object();
    append_function(json, frame);
    json.nonempty_string("file", frame.location.file);
    const auto path = shown_path(frame.location, names);
    if (path.size() < frame.location.file.size()) json.nonempty_string("path", path);
    json.nonzero_number("line", frame.location.line);
    json.nonzero_number("column", frame.location.column);
    json.boolean("inlined", frame.inlined);
    append_source(json, source);
    json.end_object();
}

void write_frame(JsonWriter& json, const CoreFrame& frame, const NameStyle& names) {
    json.begin_object();
    json.hex("pc", frame.pc);
    json.nonempty_string("module", frame.module);
    if (!frame.module.empty()) json.hex("offset", frame.offset);
    json.nonempty_string("build_id", frame.build_id);
    if (frame.unwound_by) json.nonempty_string("unwound_by", describe(*frame.unwound_by));
    if (frame.unwound_by == UnwoundBy::tail_call) json.boolean("tail_call", true);
    if (frame.signal_return) json.boolean("signal_return", true);
    json.begin_array("frames");
    for (std::size_t i = 0; i < frame.frames.size(); ++i) {
        write_function(json, frame.frames[i], i < frame.source.size() ? frame.source[i] : kNoLines,
                       names);
    }
    json.end_array();
    json.nonempty_string("symbol", frame.symbol);
    json.nonempty_string("miss", frame.miss);
    json.end_object();
}

void write_task_state(JsonWriter& json, const KernelTask& task) {
    if (task.state) json.string("state", std::string(1, letter(*task.state)));
    if (task.cpu && !task.on_cpu) json.number("last_cpu", *task.cpu);
    if (task.waiting) json.raw("waiting_seconds", in_seconds(*task.waiting, 6));
}

void write_unstopped(JsonWriter& json, const UnstoppedThread& thread) {
    json.begin_object("unstopped");
    json.string("state", std::string_view(&thread.state, 1));
    if (thread.system_call) json.number("system_call", *thread.system_call);
    json.nonempty_string("wait_channel", thread.wait_channel);
    if (!thread.kernel_stack.empty()) {
        json.array("kernel_stack", thread.kernel_stack,
                   [&](const std::string& each) { json.string(each); });
    }
    json.end_object();
}

void write_thread(JsonWriter& json, const CoreThreadReport& thread, const NameStyle& names) {
    json.begin_object();
    if (!thread.tids.empty()) json.number("tid", thread.tids.front());
    if (thread.cpu) json.number("cpu", *thread.cpu);
    json.nonempty_string("name", thread.name);
    json.boolean("crashing", thread.crashing);
    if (!thread.tasks.empty()) write_task_state(json, thread.tasks.front());
    if (!thread.registers.empty()) {
        json.begin_object("registers");
        for (const auto& each : thread.registers) json.hex(each.name, each.value);
        json.end_object();
    }
    if (!thread.extended_registers.empty()) {
        json.begin_object("extended_registers");
        for (const auto& each : thread.extended_registers) {
            std::string value;
            append_0x(value, each.bytes);
            json.string(each.name, value);
        }
        json.end_object();
    }
    json.array("frames", thread.frames,
               [&](const CoreFrame& each) { write_frame(json, each, names); });
    json.nonempty_string("stopped", thread.stopped);
    if (thread.unstopped) write_unstopped(json, *thread.unstopped);
    json.end_object();
}

void write_signal(JsonWriter& json, const ProcessFacts& process) {
    json.nonempty_string("signal", signal_name(process.signal, process.machine));
    json.number("signal_number", process.signal);
    if (process.code) {
        json.number("si_code", *process.code);
        json.nonempty_string("si_code_name",
                             signal_code_name(process.signal, *process.code, process.machine));
    }
    if (process.fault_address) json.hex("fault_address", *process.fault_address);
    json.nonempty_string("fault_place", process.fault_place);
    if (process.sender) json.number("sender_pid", *process.sender);
    if (process.sender_user) json.number("sender_uid", *process.sender_user);
}

/// An array: a type may occur twice (AT_IGNOREPPC does).
void write_auxiliary(JsonWriter& json, const std::vector<AuxiliaryValue>& values) {
    json.array("auxv", values, [&](const AuxiliaryValue& each) {
        json.begin_object();
        json.number("type", each.type);
        json.nonempty_string("name", auxiliary_name(each.type));
        json.hex("value", each.value);
        json.end_object();
    });
}

void write_report(JsonWriter& json, const CoreReport& report, const NameStyle& names) {
    json.begin_object();
    json.nonempty_string("core", report.core);
    const ProcessFacts& process = report.process;
    const KernelReport& kernel = report.kernel;
    const auto& build_id = process.build_id ? process.build_id : kernel.build_id;
    json.nonzero_number("pid", process.pid);
    if (process.signal != 0) write_signal(json, process);
    json.nonempty_string("program", process.program);
    json.nonempty_string("release", kernel.release);
    if (kernel.offset) json.hex("kernel_offset", *kernel.offset);
    json.nonempty_string("vmlinux", kernel.vmlinux);
    if (kernel.vmlinux_found_by) {
        json.nonempty_string("vmlinux_found_by", describe(*kernel.vmlinux_found_by));
    }
    json.nonempty_string("panic", kernel.panic);
    if (build_id) json.nonempty_string("build_id", build_id->hex());
    json.nonempty_string("command", process.command_line);
    if (!process.auxiliary.empty()) write_auxiliary(json, process.auxiliary);
    json.array("threads", report.threads,
               [&](const CoreThreadReport& each) { write_thread(json, each, names); });
    if (kernel.tasks) {
        json.array("tasks", *kernel.tasks, [&](const auto& each) { write_task(json, each); });
    }
    if (kernel.modules) {
        json.array("modules", *kernel.modules, [&](const auto& each) { write_module(json, each); });
    }
    if (report.modules) {
        json.array("modules", *report.modules,
                   [&](const ProcessModule& each) { write_module(json, each); });
    }
    if (report.missing) write_missing(json, *report.missing);
    if (kernel.missing) write_missing(json, *kernel.missing);
    json.nonempty_string("log", kernel.log);
    if (!report.problems.empty()) {
        json.array("problems", report.problems,
                   [&](const std::string& each) { json.string(each); });
    }
    json.end_object();
}

}  // namespace

void append_core_json(std::string& out, const CoreReport& report, const NameStyle& names) {
    JsonWriter json(out);
    write_report(json, report, names);
    out += '\n';
}

}  // namespace symline::output
