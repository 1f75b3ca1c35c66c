// What the programs say about a library error: the words that users of the compatible programs,
// and scripts that match them, know.
#pragma once

#include <string>
#include <string_view>

#include "symline/error.h"
#include "symline/module.h"
#include "symline/notice.h"
#include "tools/diagnostics.h"

namespace symline::tools {

/// The message, with what the user can do where the programs know that.
std::string message_of(const Error& error);

/// One line: what describe() says, with that.
std::string notice_line(const Notice& notice);

/// One line for a module that cannot be opened, in GNU addr2line's words where it has some.
std::string open_failure(const Error& error, std::string_view path);

/// The same failure in the words of llvm-symbolizer's JSON, which has the name apart.
std::string system_message(const Error& error);

/// "FILE: message", for what is wrong inside a file.
std::string damage(const Error& error, std::string_view path);

/// Says once which debug files were refused, and if there is none at all, that this is why places
/// stay unknown. Looks for the debug file.
void explain_unknown(const Module& module, Diagnostics& diagnostics);
/// Says once that a debug file was refused.
void explain_refusal(const Error& refused, Diagnostics& diagnostics);
/// The first half alone.
void explain_refusals(const Module& module, Diagnostics& diagnostics);

/// Says once what is damaged in the debug information, of what was read so far.
void explain_damage(const Module& module, Diagnostics& diagnostics);

}  // namespace symline::tools
