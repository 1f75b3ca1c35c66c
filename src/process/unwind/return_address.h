// Whether code returns to an address: by the instruction before it.
#pragma once

#include <cstdint>
#include <optional>

#include "process/unwind/unwinder.h"

namespace symline::process {

enum class CallBefore {
    yes,
    no,
    unknown,  ///< the code is not there, or is of a machine whose instructions are not known
};

/// Whether a function may return to `address`, or be entered there: where a call that does not
/// return is a section's last instruction, the address after it is no code any more.
bool is_in_code(const UnwindSource& source, std::uint64_t address);

/// Whether the instruction before `address` is a call, of which a direct one leads to code.
/// `address` may carry the bits that MachineFacts::code_mask takes off.
CallBefore call_before(const UnwindSource& source, std::uint64_t address);

/// Where the call before `address` leads, if it is a direct one. Of the same form.
std::optional<std::uint64_t> call_target(const UnwindSource& source, std::uint64_t address);

}  // namespace symline::process
