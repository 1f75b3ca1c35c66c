// Source text that a compiler has put into the debug information itself (clang -gembed-source).
//
//     for (const symline::Frame& frame : lookup.frames) {
//         const auto text = symline::embedded_source(module, pc, frame.location.file);
//         if (text) print_line(*text, frame.location.line);
//     }
#pragma once

#include <optional>
#include <string_view>

#include "symline/address.h"
#include "symline/module.h"

namespace symline {

/// The text of the source file `path` (SourceLocation::file of a frame of `address`); nothing when
/// it is not in the debug information. `address` may be a return address. Nothing is fetched for
/// it. The text is in memory of the Module.
[[nodiscard]] std::optional<std::string_view> embedded_source(const Module& module,
                                                              FileAddress address,
                                                              std::string_view path);

}  // namespace symline
