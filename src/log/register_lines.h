// Registers that hold code addresses and come without a name: "RIP: 0010:0xffff8c2ed5dfcf00",
// "epc : ffffffff80014264 ra : ffffffff80014264", "NIP:  c000000000ac0ce8 LR: c000000000159748",
// ", era == 9000000002cd2a28, ra == 9000000002cd2a00".
#pragma once

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

/// Labels that may stand anywhere in a line, in front of a program counter.
inline constexpr Mark kPcLabels[] = {mark_at_colon("Faulting instruction address: "),
                                     {"idling at pc ", 10},
                                     mark_at_colon("IP: 0x"),
                                     {"rip=", 2},
                                     {"RIP=", 2}};
/// What mips and loongarch print of a fault.
inline constexpr Mark kFaultMarks[] = {{", epc == ", 3}, {", era == ", 6}};
inline constexpr std::string_view kEarlyEip = "  EIP ";
inline constexpr Mark kEarlyMarks[] = {{kEarlyEip, 2}};

/// True when the line is one of these, also when nothing in it can be looked up.
bool read_register_line(const LineContext& line);

}  // namespace symline::log
