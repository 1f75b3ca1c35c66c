// Makes control characters in untrusted text visible, so that a terminal does not act on them.
//
// A control character is one of U+0000 to U+001F and U+007F to U+009F, or a byte 0x80 to 0x9f that
// is not part of a UTF-8 sequence, which is a control character in other encodings. Bidirectional
// formatting characters, which change the order in which a line is read, count as such. Each byte
// is written as \xNN, as dmesg and journalctl do. Everything else is kept, invalid UTF-8 too.
#pragma once

#include <string>
#include <string_view>

namespace symline::output {

/// Who reads what a program writes.
enum class Reader { program, terminal };

/// A name or a path, which is part of a line: no control character is kept.
void append_visible(std::string& out, std::string_view text);
std::string visible(std::string_view text);
/// Makes a name visible for a terminal. A program gets the name unchanged.
void append_name(std::string& out, std::string_view name, Reader reader);

/// Whether the text is all printable ASCII, which is never changed.
bool is_plain(std::string_view text);

/// Lines for a terminal: tabs and line ends ("\n", and carriage returns before it or at the end of
/// the text) are kept. A carriage return elsewhere would overwrite the line.
void append_visible_lines(std::string& out, std::string_view text);

/// The same without line ends, for a part of a line or a line of a source file.
void append_visible_part(std::string& out, std::string_view text);

}  // namespace symline::output
