// What ends a program before it has begun.
#pragma once

#include <string>

namespace symline::tools {

/// A message and an exit status.
struct Ending {
    std::string out;    ///< for standard output: --help, --version
    std::string error;  ///< for standard error
    int status = 0;
};

}  // namespace symline::tools
