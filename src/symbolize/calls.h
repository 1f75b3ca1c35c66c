// Whether a place of a kernel's or a program's file is where a call returns to.
#pragma once

#include <cstdint>
#include <optional>

#include "symbolize/call_instructions.h"
#include "symline/module.h"

namespace symline::symbolize {

enum class CallAt {
    yes,
    no,
    unknown,  ///< the file holds no code, or is for a machine whose instructions are not known
};

/// The instructions at an address.
InstructionSet instruction_set(const Module& module, FileAddress address);

/// Whether a call instruction of the file ends at `address` (on mips: its delay slot). On x86 and
/// s390x, whose instructions have no fixed length, the bytes before it may look like one by chance.
/// What a running kernel has instead is not asked: see KernelFile::call_ends_at.
/// `max_size`: the call, its delay slot included, is no longer than so many bytes.
CallAt call_ends_at(const Module& module, FileAddress address, std::size_t max_size = SIZE_MAX);

/// Whether call_target() can tell of the module's calls where they lead: others are indirect.
bool knows_direct_calls(const Module& module);

/// See is_call_through_table.
bool calls_through_table(const Module& module, FileAddress address);

/// Whether the instruction at `address` is what BUG() and WARN() trap with.
bool traps_at(const Module& module, FileAddress address);

/// Where the direct call that ends at `address` goes to: a place in the file, or, in a module, a
/// symbol of another file. Nothing for other instructions, for mips, and in relocatable files of
/// machines other than x86 and arm64.
std::optional<ReferenceTarget> call_target(const Module& module, FileAddress address);
/// The same of the direct jump that ends there: a tail call's.
std::optional<ReferenceTarget> jump_target(const Module& module, FileAddress address);

}  // namespace symline::symbolize
