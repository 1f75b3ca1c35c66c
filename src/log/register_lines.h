// Registers that hold code addresses and come without a name: "RIP: 0010:0xffff8c2ed5dfcf00",
// "epc : ffffffff80014264 ra : ffffffff80014264", "NIP:  c000000000ac0ce8 LR: c000000000159748".
#pragma once

#include "log/line_context.h"

namespace symline::log {

/// True when the line is one of these, also when nothing in it can be looked up.
bool read_register_line(const LineContext& line);

}  // namespace symline::log
