// How function names and paths are shown: the choices that all output styles share.
#pragma once

#include <string>
#include <string_view>

#include "symline/demangle.h"
#include "symline/frame.h"

namespace symline::output {

enum class Functions {
    none,         ///< not shown
    short_names,  ///< DW_AT_name: no scope, no parameters
    linkage,      ///< the name that the linker knows, which demangling makes readable
};

enum class Paths {
    full,      ///< with the compilation directory
    relative,  ///< as given to the compiler
    base,      ///< the last component
};

/// Where a line is from: the address itself, or a neighbour of it where its own line is 0.
enum class Precision { exact, approximate };

struct NameStyle {
    Functions functions = Functions::none;
    bool demangle = false;
    DemangleStyle demangling = DemangleStyle::gnu;
    Paths paths = Paths::full;
    /// Removed from the start of every path that begins with it, with any "./" after it.
    std::string_view prefix{};
    /// The same, for paths that do not begin with `prefix`, also of Paths::relative.
    std::string_view assembler_prefix{};
};

/// Shown for an unknown name or file.
inline constexpr std::string_view kUnknown = "??";

/// The file of a location in this style; empty if it is not known.
std::string_view shown_path(const SourceLocation& location, const NameStyle& style);

/// A name in this style.
std::string shown_name(std::string_view name, const NameStyle& style);

/// The raw form of the name that the style shows for a function.
std::string_view chosen_name(const Frame& frame, const NameStyle& style);

/// The name of a function in this style, demangled if it says so; empty if it is not known.
std::string shown_name(const Frame& frame, const NameStyle& style);

}  // namespace symline::output
