// What loggers, terminals and mail put in front of a kernel's message.
#pragma once

#include <cstddef>
#include <string_view>

namespace symline::log {

/// What a message begins with in journalctl -o export.
inline constexpr std::string_view kJournalField = "MESSAGE=";

/// How many bytes of the line are prefix: time stamps, levels, caller ids, syslog headers, mail
/// quotes, in any order and number. The indentation after it is the message's own.
std::size_t prefix_size(std::string_view line);

}  // namespace symline::log
