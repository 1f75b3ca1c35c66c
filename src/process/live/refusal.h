// Why a process cannot be shown: one line that says what can be done about it.
#pragma once

#include <string>
#include <string_view>

#include "symline/error.h"

namespace symline::process {

/// In place of `found`, what went wrong when the program of a process was opened.
Error why_not_opened(int pid, const Error& found);
/// `number`: the errno of ptrace for a thread.
Error why_not_stopped(int pid, int tid, int number);

/// What /proc/sys/kernel/yama/ptrace_scope says of who may trace; empty where it does not restrict.
std::string tracing_rule(std::string_view scope);

}  // namespace symline::process
