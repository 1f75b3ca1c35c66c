// What a line says besides frames: which kernel, where it was loaded, what warned, its code bytes.
#pragma once

#include "log/line_context.h"

namespace symline::log {

void read_facts(const LineContext& line);

}  // namespace symline::log
