// LLVM's disassemblers are a module beside the program's libraries: linked in, they would cost
// every start 2.5 ms.
#pragma once

#include <memory>

#include "symline/disassembler.h"

namespace symline::tools {

/// Loads the module on the first call. Null where it knows no such machine; an error, which names
/// the file and how to get it, where it cannot be loaded.
Expected<std::unique_ptr<Disassembler>> load_disassembler(const CodeTarget& target);

}  // namespace symline::tools
