// Checks whether a file that a finder named is the one that is wanted.
#pragma once

#include <optional>
#include <string>

#include "find/finder.h"

namespace symline::find {

/// Why the candidate is not to be used.
struct Refusal {
    Error error;
    /// Not worth mentioning: stripped kernels and modules lie where other distributions keep those
    /// with debug information.
    bool expected = false;
};

/// Nothing when it is the one. `finder` named it.
std::optional<Refusal> check(const elf::ElfFile& candidate, const WantedFile& wanted,
                             FoundBy finder);

/// Words for a file of another build: "build id X instead of Y", where X is "(none)" for a file
/// without one.
std::string build_id_mismatch(const std::optional<BuildId>& own, const BuildId& wanted);

}  // namespace symline::find
