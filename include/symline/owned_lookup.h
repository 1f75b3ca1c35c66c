// A Lookup that owns its text: it may be kept longer than the Module that gave the answer.
//
//     std::vector<symline::OwnedLookup> kept;
//     if (const auto found = module.lookup(address)) kept.push_back(symline::own(*found));
//     ...
//     for (const auto& lookup : kept) print(lookup->frames);
#pragma once

#include <memory>

#include "symline/frame.h"

namespace symline {

/// Copies share one text, which no one changes.
class OwnedLookup {
public:
    explicit OwnedLookup(const Lookup& lookup);

    /// Its views live as long as this object or a copy of it.
    [[nodiscard]] const Lookup& operator*() const { return *lookup_; }
    [[nodiscard]] const Lookup* operator->() const { return lookup_.get(); }

private:
    std::shared_ptr<const Lookup> lookup_;
};

[[nodiscard]] inline OwnedLookup own(const Lookup& lookup) {
    return OwnedLookup(lookup);
}

}  // namespace symline
