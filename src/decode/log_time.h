// The time of a log line, as the loggers before it write it.
#pragma once

#include <string_view>

namespace symline::decode {

/// The time of day in what stands before a message ("2026-11-27T19:40:05.123+00:00", "Nov 27
/// 19:40:05", "Fri Nov 27 19:40:05 2026", "Sep20 11:55" of dmesg -e, "09-20 11:55:22.123" of
/// Android, "0920 11:55:22.123456" of klog, the seconds since 1970), failing that the seconds since
/// boot of printk ("[   15.123456]") or a tracer ("15.123456:"), or the microseconds of /dev/kmsg;
/// empty where it has none. The time since the line above, such as "[  +0.000012]", is none.
std::string_view log_time(std::string_view text);

}  // namespace symline::decode
