// Which of several functions of one name a frame means, by the lines around it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "decode/entry.h"
#include "log/occurrence.h"

namespace symline::decode {

class CandidateChoice {
public:
    /// Gives the entry of the frame below, if that was read already; asked only when it matters.
    using Next = std::function<const Entry*()>;

    CandidateChoice() = default;
    CandidateChoice(const CandidateChoice&) = delete;
    CandidateChoice& operator=(const CandidateChoice&) = delete;

    /// A report's "WARNING: ... at FILE:LINE", and where one stack ends and another begins.
    void take(const log::Facts& facts);
    /// Nothing where none is better than the others. `slide` is the kernel's.
    std::optional<std::size_t> choose(const Entry& entry, const log::Occurrence& occurrence,
                                      std::optional<LoadBias> slide, const Next& next) const;
    /// The functions that the next frame's caller, this one, may be in: one of the entry's places,
    /// or all. The entry is borrowed until the next call, or until it is let go.
    void went_by(const Entry* entry, std::optional<std::size_t> chosen = {}) {
        previous_ = {entry, chosen};
    }
    /// Copies what of the entry is needed.
    void let_go();

private:
    struct Previous {
        const Entry* entry = nullptr;
        std::optional<std::size_t> chosen;
    };

    std::span<const kernel::KernelPlace> previous_places() const;
    std::optional<std::size_t> by_warning(const DecodedPlace& place) const;
    std::optional<std::size_t> by_calls(const Entry& entry, const Next& next) const;

    Previous previous_;  ///< the frame above
    Entry kept_;         ///< of an entry that was let go
    std::string warning_file_;
    std::uint32_t warning_line_ = 0;
};

}  // namespace symline::decode
