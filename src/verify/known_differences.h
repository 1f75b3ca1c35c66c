// Differences between readers that are known, and which of them is right.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "symline/module.h"
#include "verify/difference.h"
#include "verify/peer.h"
#include "verify/verification.h"

namespace symline::verify {

/// What is known when one difference is judged.
struct Judged {
    const Module& module;
    std::span<const std::unique_ptr<Peer>> peers;
    const Case& asked;
    std::size_t peer;
    const Difference& difference;
};

struct KnownDifference {
    std::string_view id;      ///< a short name
    std::string_view reason;  ///< why ours is right, or why both are
    bool (*explains)(const Judged&);
};

/// All of them, in the order in which they are tried.
std::span<const KnownDifference> known_differences();

/// The first that explains a difference; null where none does.
const KnownDifference* explanation_of(const Judged& judged);

}  // namespace symline::verify
