// Where the message of a line begins, when it is recognised by its own words, whatever stands in
// front of it.
#pragma once

#include <cstddef>
#include <string_view>

namespace symline::log {

/// Where the first message begins at or after `from` and before `to`, at the start of a word:
/// "Linux version 6.1.0 (x@y)", "CPU: 0 PID: 1", "Code: 55 41 …", "RIP: 0010:". npos: there is
/// none. Only words that no other message has inside of it count.
std::size_t find_message_front(std::string_view line, std::size_t from,
                               std::size_t to = std::string_view::npos);

/// Where a line of a tracer or profiler begins, as its columns show; the spaces in front of it not
/// counted.
std::size_t find_tracer_line(std::string_view line, std::size_t from);

/// Where a frame of a program's stack begins, as debuggers, sanitizers and crash reports print it.
std::size_t find_program_frame(std::string_view line, std::size_t from);

/// Whether such a message begins with the text.
bool begins_message(std::string_view text);

/// Whether a frame as the kernel and tracers print it begins with the text: what comes after it is
/// no message of its own.
bool begins_as_frame(std::string_view text);

/// Whether the text is such a frame from its first to its last byte.
bool is_whole_frame(std::string_view text);

/// Where a frame begins that is the last thing of the line and stands apart from what is in front
/// of it, by more than a space: "name        tcp_v4_rcv+2051". npos: there is none.
std::size_t find_lone_frame(std::string_view line, std::size_t from);

/// A text that begins as a frame, without what an author put after it: "   <-- here", "</pre>", a
/// quote's end.
std::string_view frame_text(std::string_view text);

}  // namespace symline::log
