// One step up a stack without call frame information.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "process/unwind/unwinder.h"

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
/// made is considered only where `pc_kind` is exact. `has_cfi` tells of an address of code whether
/// call frame information leads on from it: a caller that has some, or whose code is seen to call,
/// may keep an ordinary number where others keep a frame pointer.
std::expected<ChainStep, NoStep> step_without_cfi(
    const UnwindSource& source, const Registers& registers, CodeKind pc_kind,
    const std::function<bool(std::uint64_t)>& has_cfi);

}  // namespace symline::process
