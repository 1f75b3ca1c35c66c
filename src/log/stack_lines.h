// Tracers that print one frame a line, decimal or without sizes: bpftrace's kstack and ustack, perf
// script, bcc. Also bpftrace's JSON, which holds whole stacks as one string.
#pragma once

#include "log/line_context.h"

namespace symline::log {

/// True when the line is a frame, also one that cannot be looked up ("[unknown]", BPF programs).
bool read_stack_line(const LineContext& line);

/// True when the line is an object of `bpftrace -f json`.
bool read_json_stacks(const LineContext& line);

/// Notes what a line that is no frame says of the frames to come: the header of a perf sample, the
/// kind of a probe.
void note_stack_header(const LineContext& line);

}  // namespace symline::log
