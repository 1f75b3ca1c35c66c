// What ends a program before it has begun.
#pragma once

#include <string>

namespace symline::tools {

/// A message and an exit status.
struct Ending {
    std::string out;    ///< for standard output: --help, --version
    std::string error;  ///< for standard error: one line
    int status = 0;
    std::string below{};  ///< our own lines below that one
};

}  // namespace symline::tools
