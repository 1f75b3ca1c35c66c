// Functions that an unwound stack lacks, because they ended by jumping to another function, which
// returns to their caller: tail calls.
//
//     symline::add_tail_calls(process, stacks);
//     for (const symline::StackFrame& frame : stacks.front().frames) {
//         if (frame.unwound_by == symline::UnwoundBy::tail_call) std::cout << "(tail call) ";
//     }
#pragma once

#include <span>

#include "symline/address_space.h"
#include "symline/process.h"
#include "symline/stack_trace.h"

namespace symline {

/// Adds the functions that must have run between two frames: where the caller's call leads to
/// another function than the frame below is in, and the tail calls that compilers list in debug
/// information (DWARF 5, DW_TAG_call_site) lead from one to the other in one way alone. Where that
/// is so up to a function, and further on it is not, those up to it are added.
/// An added frame is unwound by UnwoundBy::tail_call and has no stack pointer of its own. Its
/// address is that after its jump, as if it were a call; or, where it is not certain which of its
/// jumps it was, where the function begins: then it is exact.
/// Debug information is read of those callers alone; call it after AddressSpace::prefetch().
void add_tail_calls(AddressSpace& space, std::span<StackTrace> stacks);
/// The same through functions of all files of a process, not only those of the two frames; unless
/// they may have to be fetched.
void add_tail_calls(Process& process, std::span<StackTrace> stacks);

}  // namespace symline
