// Recent answers, for callers who ask for the same address again.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "symline/frame.h"

namespace symline::symbolize {

/// Direct-mapped: one slot for each hash, which holds the last address that had it.
class AnswerCache {
public:
    /// `memory`: about what it may take when it is full.
    explicit AnswerCache(std::size_t memory)
        : slot_count_(std::min<std::size_t>(kMaxSlots, memory / (kMaxFrames * sizeof(Frame)))) {}

    /// Null when the answer is not known. Valid until the next keep().
    const Lookup* find(FileAddress address, Detail detail) const {
        if (slots_.empty()) return nullptr;
        const Answer* answer = slots_[slot(address)].get();
        const bool same =
            answer != nullptr && answer->address == address && answer->detail == detail;
        return same ? &answer->lookup : nullptr;
    }
    void keep(FileAddress address, Detail detail, const Lookup& lookup) {
        if (slot_count_ == 0 || lookup.frames.size() > kMaxFrames) return;
        if (slots_.empty()) slots_.resize(slot_count_);
        auto& answer = slots_[slot(address)];
        if (answer == nullptr) answer = std::make_unique<Answer>();
        *answer = {address, detail, lookup};
    }

private:
    static constexpr std::size_t kMaxSlots = 4096;
    static constexpr std::size_t kMaxFrames = 32;

    struct Answer {
        FileAddress address;
        Detail detail = Detail::frames;
        Lookup lookup;
    };
    /// Addresses of one list are often multiples of the same power of two.
    std::size_t slot(FileAddress address) const {
        return (address.value * 0x9e3779b97f4a7c15U >> 32U) % slot_count_;
    }

    std::size_t slot_count_;
    std::vector<std::unique_ptr<Answer>> slots_;
};

}  // namespace symline::symbolize
