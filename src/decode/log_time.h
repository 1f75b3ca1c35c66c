// The time of a log line, as the loggers before it write it.
#pragma once

#include <string_view>

namespace symline::decode {

/// The time of day in a line's margin ("2026-11-27T19:40:05.123+00:00", "Nov 27 19:40:05",
/// "Fri Nov 27 19:40:05 2026"), failing that printk's seconds since boot ("15.123456"); empty where
/// the margin has neither.
std::string_view log_time(std::string_view margin);

}  // namespace symline::decode
