// The remembered answer to one question, with what choosing among its candidates needs.
#pragma once

#include <memory>
#include <vector>

#include "kernel/loaded_kernel.h"
#include "log/occurrence.h"
#include "symline/decoded_line.h"

namespace symline::decode {

struct Entry {
    std::shared_ptr<const DecodedPlace> answer;
    std::vector<kernel::KernelPlace> places;  ///< of the answer's candidates
    /// The answer where the frame above is not the kernel's: a program's stack may name a function
    /// that the kernel has, too. Null where the frame is surely the kernel's.
    std::shared_ptr<const DecodedPlace> as_user;
    /// The place is where a signal handler returns to: the next frame was interrupted there, and
    /// called nothing.
    bool returns_from_signal = false;
};

/// Whether the text names a program's place, not the kernel's.
inline bool is_user(const log::Occurrence& occurrence) {
    return occurrence.space != log::AddressScope::kernel || !occurrence.file.empty();
}

}  // namespace symline::decode
