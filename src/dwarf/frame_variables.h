// The variables and parameters in the frame of a function: see variables_in_frame().
#pragma once

#include <cstdint>
#include <vector>

#include "dwarf/frame_builder.h"
#include "dwarf/function_match.h"
#include "symline/variable.h"

namespace symline::dwarf {

/// Those of the innermost function that is inlined into `function` at `address`, or of `function`
/// itself where none is.
std::vector<Variable> frame_variables(const FunctionMatch& function, std::uint64_t address,
                                      FrameBuilder& texts);

}  // namespace symline::dwarf
