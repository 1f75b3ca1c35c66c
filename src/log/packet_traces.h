// What follows packets: pwru's functions, one a line, and dropwatch's places where packets were
// dropped.
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

/// pwru's column titles: with them it begins.
inline constexpr std::string_view kPwruTitle = "SKB ";
inline constexpr std::string_view kPwruFunction = " FUNC";
inline constexpr Mark kPacketMarks[] = {{kPwruTitle, 1, kPwruFunction}};
/// dropwatch's. It prints an address, which is a mark of its own.
inline constexpr std::string_view kDrops = " drops at ";

/// True when the line is one of these tools', also one without a name.
bool read_packet_trace(const LineContext& line);

}  // namespace symline::log
