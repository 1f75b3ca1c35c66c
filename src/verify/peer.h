// Another reader of debug information, whose answers ours are compared with.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "symline/owned_lookup.h"
#include "symline/section.h"
#include "verify/difference.h"

namespace symline::verify {

/// An address as a reader takes it.
struct Question {
    FileAddress address;               ///< of the module
    const Section* section = nullptr;  ///< in a relocatable file: where it is,
    std::uint64_t offset = 0;          ///< and how far from there; else the address itself
};

class Peer {
public:
    virtual ~Peer() = default;
    /// "LLVM", "gnu".
    virtual std::string name() const = 0;
    virtual std::string version() const = 0;
    virtual FrameParts parts() const = 0;
    /// An answer for each question; nothing where there is none: the reader cannot read the file,
    /// crashed, or took too long.
    virtual std::vector<std::optional<OwnedLookup>> ask(std::span<const Question> questions) = 0;
    /// Why the first of the answers that are missing is; empty where none is.
    virtual std::string problem() const = 0;
};

}  // namespace symline::verify
