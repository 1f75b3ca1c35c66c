// Asks ours and other readers about the same addresses, and sorts what differs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dwarf/evidence.h"
#include "symline/module.h"
#include "symline/owned_lookup.h"
#include "verify/difference.h"
#include "verify/peer.h"
#include "verify/sample.h"

namespace symline::verify {

struct KnownDifference;

/// One address, and everybody's answer.
struct Case {
    Question question;
    OwnedLookup ours;
    std::vector<std::optional<OwnedLookup>> theirs;  ///< by peer
    std::optional<dwarf::Evidence> evidence;         ///< filled where one differs
};

/// One difference of one case, and what explains it.
struct Finding {
    std::size_t number = 0;  ///< of the case
    std::size_t peer = 0;
    Difference difference;
    const KnownDifference* explanation = nullptr;  ///< null: nothing does
};

/// How far the answers of one peer agree.
struct Agreement {
    std::size_t compared = 0;
    std::size_t equal = 0;      ///< in every field
    std::size_t explained = 0;  ///< differ, and each difference is explained
    std::size_t unanswered = 0;
};

class Verification {
public:
    /// All must outlive the result.
    Verification(const Module& module, std::span<const std::unique_ptr<Peer>> peers)
        : module_(module), peers_(peers) {}

    void run(const Sample& sample);

    std::span<const Case> cases() const { return cases_; }
    /// In the order of peers, then of addresses.
    std::span<const Finding> findings() const { return findings_; }
    std::span<const Agreement> agreements() const { return agreements_; }

private:
    void ask_ours(const Sample& sample);
    void ask(std::size_t peer);
    void compare(std::size_t peer);
    void judge(std::size_t number, std::size_t peer, Agreement& agreement);

    const Module& module_;
    std::span<const std::unique_ptr<Peer>> peers_;
    std::vector<Case> cases_;
    std::vector<Finding> findings_;
    std::vector<Agreement> agreements_;
};

}  // namespace symline::verify
