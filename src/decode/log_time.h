// The time of a log line, as the loggers before it write it.
#pragma once

#include <string_view>

namespace symline::decode {

/// The time of day in what stands before a message ("2026-11-27T19:40:05.123+00:00", "Nov 27
/// 19:40:05", "Fri Nov 27 19:40:05 2026"), failing that the seconds since boot of printk
/// ("[   15.123456]") or a tracer ("15.123456:"); empty where it has none.
std::string_view log_time(std::string_view text);

}  // namespace symline::decode
