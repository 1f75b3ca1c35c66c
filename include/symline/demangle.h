// Demangling of C++ (Itanium ABI) and Rust (v0 and legacy) names.
#pragma once

#include <string>
#include <string_view>

namespace symline {

/// The readable form of a mangled name; the name itself, unchanged, when it is not mangled or the
/// mangling is damaged. A clone suffix (".cold", ".isra.0") and a symbol version ("@@GLIBC_2.2.5")
/// behind a mangled name are kept as GNU c++filt keeps them. Legacy Rust names lose their hash
/// ("::h0123456789abcdef").
std::string demangle(std::string_view name);

}  // namespace symline
