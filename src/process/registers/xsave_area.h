// The registers that x86's FXSAVE and XSAVE store.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "symline/stack_trace.h"

namespace symline::process {

/// The 512 bytes of FXSAVE: st0 to st7, xmm0 to xmm15 (`wide`, of 64-bit code) or xmm7, fcw, fsw,
/// mxcsr.
void read_fxsave(base::Bytes area, bool wide, std::vector<ExtendedRegister>& into);

/// NT_X86_XSTATE: XSAVE's standard form, with the machine's XCR0 in it. Vectors are as wide as the
/// machine has them: xmm, ymm or zmm. `layout` is NT_X86_XSAVE_LAYOUT; empty where there is none.
void read_xsave(base::Bytes area, base::Bytes layout, bool wide,
                std::vector<ExtendedRegister>& into);

}  // namespace symline::process
