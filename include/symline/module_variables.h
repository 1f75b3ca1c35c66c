// The variables that debug information lists at an address: those of a function's frame, and those
// of static storage duration. They are read from the debug file when they are asked for; an index
// has none of them.
//
//     for (const symline::Variable& each : symline::variables_in_frame(module, pc)) {
//         std::cout << each.name << ", declared in line " << each.declaration.line << '\n';
//     }
//     if (const auto found = symline::variable_at(module, data)) std::cout << found->name << '\n';
#pragma once

#include <optional>
#include <vector>

#include "symline/address.h"
#include "symline/module.h"
#include "symline/variable.h"

namespace symline {

/// The variables and parameters of the function that holds `address`, or of the innermost one that
/// is inlined there, in the order of the debug information; with those of all blocks and of all
/// that is inlined into it, whichever part of its code they are for: what a tool that finds a stray
/// pointer into the frame chooses from. Nothing where no debug information has the function.
[[nodiscard]] std::vector<Variable> variables_in_frame(const Module& module, FileAddress address);

/// The variable of static storage duration, in or outside of functions, whose bytes hold `address`.
/// The first call reads what all units say of such variables, which takes a while for a kernel.
[[nodiscard]] std::optional<Variable> variable_at(const Module& module, FileAddress address);

}  // namespace symline
