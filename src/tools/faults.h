// What may go wrong around a program, and must not end it with a signal or in silence.
#pragma once

#include <string>

namespace symline::tools {

/// To be called first in main(). From then on
/// - a reader of a pipe that goes away is seen as EPIPE, and a file that would become larger than
///   `ulimit -f` allows as EFBIG;
/// - a standard stream that is closed stays so: no file that is opened takes its number;
/// - when there is no memory left, or a file is cut short while it is mapped, one line says so, and
///   the exit status is 1.
void prepare_for_faults(const std::string& program);

}  // namespace symline::tools
