// Formats of object files that the library does not read.
#pragma once

#include "base/bytes.h"

namespace symline::tools {

/// Whether a file begins as one of Mach-O, COFF, PE, XCOFF or Wasm does.
bool is_foreign_format(base::Bytes start);

/// Mach-O for several machines, of which LLVM's programs want to be told one.
bool is_universal(base::Bytes start);

}  // namespace symline::tools
