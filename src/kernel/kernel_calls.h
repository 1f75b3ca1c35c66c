// Call instructions, as far as telling return addresses from other pointers takes: x86 and arm64.
#pragma once

#include <optional>

#include "symline/module.h"

namespace symline::kernel {

enum class CallAt {
    yes,
    no,
    unknown,  ///< the file holds no code, or is for another machine
};

/// Whether a call instruction ends at `address`. On x86, whose instructions have no fixed length,
/// the bytes before it may look like one by chance.
CallAt call_ends_at(const Module& module, FileAddress address);

/// Where the direct call that ends at `address` goes to: a place in the file, or, in a module, a
/// symbol of another file. Nothing for other instructions.
std::optional<ReferenceTarget> call_target(const Module& module, FileAddress address);

}  // namespace symline::kernel
