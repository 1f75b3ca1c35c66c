// Which mangled names are safe to demangle.
//
// A mangled name refers back to its own parts, so that 200 bytes of a crafted one stand for 2^40
// bytes of text; and LLVM's demanglers recurse as deep as a name nests. Both are measured here
// before LLVM is asked, with memory and time in proportion to the name.
#pragma once

#include <cstddef>
#include <string_view>

namespace symline::demangling {

/// Longer names are not looked at. The longest in Debian's libraries have a few 10,000 bytes.
constexpr std::size_t kMaxMangledName = std::size_t{1} << 18;

/// False for a C++ name whose text would pass 4 MiB (an upper bound: legitimate names stay a
/// hundred times below) or that nests deeper than 512 levels. True for what is not a C++ name at
/// all.
bool within_itanium_limits(std::string_view name);

/// False for a Rust v0 name whose demangling would take more than 2^21 steps.
bool within_rust_limits(std::string_view name);

}  // namespace symline::demangling
