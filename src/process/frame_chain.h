// One step up a stack without call frame information.
#pragma once

#include <expected>
#include <string>

#include "process/unwinder.h"

namespace symline::process {

/// Why no caller is found.
struct NoStep {
    std::string reason;
    std::optional<std::uint64_t> unread{};  ///< memory that was not there
};

struct ChainStep {
    Registers registers;  ///< of the caller, as far as they are known
    UnwoundBy way = UnwoundBy::frame_pointer;
};

/// The caller of a frame whose registers are known in part. A frame that a jump to a wrong address
/// made is considered only where `pc_kind` is exact.
std::expected<ChainStep, NoStep> step_without_cfi(const UnwindSource& source,
                                                  const Registers& registers, CodeKind pc_kind);

}  // namespace symline::process
