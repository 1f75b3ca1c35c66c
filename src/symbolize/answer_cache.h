// Answers given of late, for those who ask for the same address again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "symline/frame.h"
#include "symline/module.h"

namespace symline::symbolize {

/// An address has one place, which the last address of that place takes.
class AnswerCache {
public:
    /// `memory`: about what it may take when it is full.
    explicit AnswerCache(std::size_t memory)
        : places_(std::min<std::size_t>(kMostPlaces, memory / (kMostFrames * sizeof(Frame)))) {}

    /// Null when the answer is not known. Valid until the next keep().
    const Lookup* find(FileAddress address, Detail detail) const {
        if (kept_.empty()) return nullptr;
        const Answer& answer = kept_[place(address)];
        const bool same = answer.known && answer.address == address && answer.detail == detail;
        return same ? &answer.lookup : nullptr;
    }
    void keep(FileAddress address, Detail detail, const Lookup& lookup) {
        if (places_ == 0 || lookup.frames.size() > kMostFrames) return;
        if (kept_.empty()) kept_.resize(places_);
        kept_[place(address)] = {address, detail, true, lookup};
    }

private:
    static constexpr std::size_t kMostPlaces = 4096;
    static constexpr std::size_t kMostFrames = 32;

    struct Answer {
        FileAddress address;
        Detail detail = Detail::frames;
        bool known = false;
        Lookup lookup;
    };
    /// Addresses of one list are often multiples of the same power of two.
    std::size_t place(FileAddress address) const {
        return (address.value * 0x9e3779b97f4a7c15U >> 32U) % places_;
    }

    std::size_t places_;
    std::vector<Answer> kept_;
};

}  // namespace symline::symbolize
