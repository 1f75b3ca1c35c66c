// Where the program of LLVM's reader is.
#pragma once

#include <string>

namespace symline::tools {

/// Beside this program, or where programs and libraries are apart.
std::string llvm_reader_program();

}  // namespace symline::tools
