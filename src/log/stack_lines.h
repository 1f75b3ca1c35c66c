// Tracers that print one frame a line, decimal or without sizes: bpftrace's kstack and ustack, perf
// script, bcc. Also bpftrace's JSON, which holds whole stacks as one string.
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

/// Probes whose first frame is a return address, and those whose is the place itself.
inline constexpr Mark kReturnProbes[] = {mark_at_colon("kretprobe:"), mark_at_colon("uretprobe:"),
                                         mark_at_colon("kretfunc:"), mark_at_colon("tracepoint:"),
                                         mark_at_colon("fexit:")};
inline constexpr std::string_view kProfileProbe = "profile:";
inline constexpr Mark kEntryProbes[] = {mark_at_colon("kprobe:"), mark_at_colon("uprobe:"),
                                        mark_at_colon(kProfileProbe), mark_at_colon("kfunc:"),
                                        mark_at_colon("fentry:")};

/// How bpftrace begins, and what stands above a stack: it may have been pasted without indentation.
inline constexpr std::string_view kAttaching = "Attaching ";
inline constexpr std::string_view kStackBelow = "tack:";
inline constexpr Mark kShownMarks[] = {{kAttaching}, mark_at_colon(kStackBelow)};

/// Notes whether the lines from here on are shown as a stack's.
void note_shown_stack(const LineContext& line);

/// True when the line is a frame, also one that cannot be looked up ("[unknown]", BPF programs).
bool read_stack_line(const LineContext& line);

/// True when the line is one frame more of a plain stack (StackState::is_plain_stack), as bpftrace
/// prints it: "    vfs_read+53". Such texts are long, and of all other rules none has anything to
/// say of the line; read_stack_line() says the same. `result` is empty before.
bool read_next_frame(std::string_view line, StackState& state, ParsedLine& result);

/// True when the line is an object of `bpftrace -f json`.
bool read_json_stacks(const LineContext& line);

/// Notes what a line that is no frame says of the frames to come: the header of a perf sample, the
/// kind of a probe.
void note_stack_header(const LineContext& line);

}  // namespace symline::log
