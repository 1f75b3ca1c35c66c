// Text of strangers without what a terminal would obey.
//
// A control character is U+0000 to U+001F, U+007F to U+009F, and a byte 0x80 to 0x9f that is not
// part of UTF-8, which is one in other encodings. Each byte of it is written as \xNN, as dmesg and
// journalctl do. Everything else stays as it is, invalid UTF-8 too.
#pragma once

#include <string>
#include <string_view>

namespace symline::output {

/// Who reads what a program writes.
enum class Reader { program, terminal };

/// A name or a path, which is part of a line: no control character stays.
void append_visible(std::string& out, std::string_view text);
std::string visible(std::string_view text);
/// A program gets the name as it is.
void append_name(std::string& out, std::string_view name, Reader reader);

/// Whether all of a text is printable ASCII, which stays as it is in any case.
bool is_plain(std::string_view text);

/// Lines for a terminal: tabs and line ends ("\n", and carriage returns in front of it or at the
/// end of the text) stay. A carriage return elsewhere would write over what stands before it.
void append_visible_lines(std::string& out, std::string_view text);

/// The same without line ends: part of a line, or a line of a source file.
void append_visible_part(std::string& out, std::string_view text);

}  // namespace symline::output
