// What libdebuginfod reports in its verbose log and nowhere else.
//
// Its result is the same ENOENT for "404 Not Found", for "503 Service Unavailable" and for a body
// that ended too early, and it records each of them in the cache as "not there". The log has
// libcurl's words, in all versions since 0.186.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace symline::find {

struct DebuginfodLog {
    bool asked = false;       ///< a server was asked: the cache had no answer
    std::string reason;       ///< why the server's answer was none, in libcurl's words
    std::optional<int> http;  ///< the status, where that was an error
    std::string cache_folder;
    std::string suffix;  ///< follows "source" in the name of the file in the cache
};

DebuginfodLog read_debuginfod_log(std::string_view text);

/// "package/file" from the headers of an answer (X-DEBUGINFOD-ARCHIVE, -FILE), short and printable.
/// Empty when they do not say.
std::string name_in_headers(std::string_view headers);

/// A text with "***" in place of the name and password of every URL in it (RFC 3986, section 3.2.1:
/// they should not be shown).
std::string without_passwords(std::string_view text);

}  // namespace symline::find
