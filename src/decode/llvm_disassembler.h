// LLVM's disassemblers: a library of its own, which only its module and the tests link.
#pragma once

#include <memory>

#include "symline/disassembler.h"

namespace symline::decode {

/// Null where LLVM was built without that machine.
std::unique_ptr<Disassembler> make_disassembler(const CodeTarget& target);

}  // namespace symline::decode
