// The time of a line of a log that is JSON.
#pragma once

#include <string_view>

namespace symline::decode {

/// What stands before the first object, as log_time() has it, failing that the value of the member
/// that has the time ("__REALTIME_TIMESTAMP", "@timestamp", "time", "ts"...), a string or a number
/// as it stands; failing that what log_time() finds in the line. Also for CSV and other lines that
/// hold a log's lines.
std::string_view json_time(std::string_view line);

}  // namespace symline::decode
