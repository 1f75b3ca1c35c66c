// The line above a stack: whose it is.
#pragma once

#include <string>

#include "output/core_report.h"

namespace symline::output {

/// Of many threads with one stack: as many lines of ids as can be read, or all of them.
enum class Ids { some, all };

/// "Threads 4242, 4245-4250 "worker" (7 with the same stack):" and a line end; further lines, where
/// one is not enough, are indented.
void append_thread_heading(std::string& out, const CoreThreadReport& thread, Ids ids);

}  // namespace symline::output
