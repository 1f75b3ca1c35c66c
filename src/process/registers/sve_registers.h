// The registers of arm64's Scalable Vector Extension.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "symline/stack_trace.h"

namespace symline::process {

/// NT_ARM_SVE: z0 to z31, p0 to p15, ffr, fpsr and fpcr. False, and nothing appended, where the
/// thread does not use them: its note has then the form of NT_FPREGSET, which is `plain`.
bool read_sve(base::Bytes note, base::Bytes& plain, std::vector<ExtendedRegister>& into);

}  // namespace symline::process
