// The tables of a crashed kernel - its tasks, its modules - and what is said of a task above its
// stack. Pure.
#pragma once

#include <span>
#include <string>

#include "output/json_writer.h"
#include "symline/kernel_dump.h"

namespace symline::output {

/// As ps prints one: those that a CPU ran are marked with '>', kernel threads are in brackets,
/// sizes are in KiB, and what is not known is "-".
void append_task_table(std::string& out, std::span<const KernelTask> tasks);
void append_module_table(std::string& out, std::span<const DumpedKernelModule> modules);

/// "S (sleeping), last on CPU 0-1, waiting 3.100 to 120.500 s": of tasks in one state; may be
/// empty.
std::string task_summary(std::span<const KernelTask> tasks);

void write_task(JsonWriter& json, const KernelTask& task);
void write_module(JsonWriter& json, const DumpedKernelModule& module);
/// "120.531234"
std::string in_seconds(std::chrono::nanoseconds time, unsigned digits);

}  // namespace symline::output
