// Answers as the kernel's scripts/faddr2line prints them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "output/source.h"
#include "symline/frame.h"

namespace symline::output {

struct Faddr2lineStyle {
    std::string_view prefix;              ///< removed from the start of paths; may be empty
    SourceText* source = nullptr;         ///< --list: where the source lines come from
    std::string_view assembler_prefix{};  ///< the same, of assembler files
    /// Stands for the name of the outermost frame where it has none: after the call of a function
    /// that does not return, and between functions, the symbol that was asked for is all there is.
    std::string_view symbol{};
};

/// The lines after "func+offset/size:", innermost frame first. `frames` is empty if there is no
/// answer.
void append_faddr2line(std::string& out, std::span<const Frame> frames,
                       const Faddr2lineStyle& style);

}  // namespace symline::output
