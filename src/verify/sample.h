// Which addresses of a module are asked about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "symline/module.h"

namespace symline::verify {

struct SampleRequest {
    std::size_t addresses = 10'000;  ///< at most
    std::uint64_t seed = 1;          ///< the same choice for the same file and seed
};

struct Sample {
    std::vector<FileAddress> addresses;  ///< in order, each once
    /// The first and the last byte of every line row and inlined call, not a choice at random.
    bool every_row = false;
};

/// Addresses inside functions: those of the debug information and of the symbol table. Of a choice
/// at random, half are bytes of which each is as likely as any other; of the others each function
/// is as likely as any other, and its first and last bytes are among them.
Sample sample_of(const Module& module, const SampleRequest& request);

}  // namespace symline::verify
