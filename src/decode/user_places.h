// What a text's address in a user program means: every tool counts from somewhere else.
#pragma once

#include "kernel/loaded_kernel.h"
#include "log/occurrence.h"

namespace symline::decode {

/// The places in `file` that the occurrence may mean; more than one when only its symbol and the
/// last digits of its address tell. None, and why, when what the text says of symbol, address and
/// mapping does not fit together in this file.
kernel::KernelPlaces user_places(kernel::KernelFile& file, const log::Occurrence& occurrence);

/// The miss of a file in which the text's symbol is not where the text has it.
inline constexpr std::string_view kOtherBuild = "the file is of another build than the text";

}  // namespace symline::decode
