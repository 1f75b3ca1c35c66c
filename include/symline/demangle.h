// Demangling of C++ (Itanium ABI) and Rust (v0 and legacy) names.
//
//     std::cout << symline::demangle("_ZN3foo3barEi");            // "foo::bar(int)"
//     std::cout << symline::demangle("_RNvCs1234_7mycrate3foo");  // "mycrate::foo"
//     std::cout << symline::demangle("main");                     // "main"
#pragma once

#include <string>
#include <string_view>

namespace symline {

/// How the text of a C++ name is written; the two differ in lambdas, clones and some operators.
enum class DemangleStyle {
    gnu,   ///< as c++filt and GNU addr2line: "{lambda(int)#1}", "f() [clone .cold]"
    llvm,  ///< as llvm-cxxfilt and llvm-addr2line: "'lambda'(int)", "f() (.cold)"
};

/// The readable form of a mangled name; the name itself, unchanged, when it is not mangled or the
/// mangling is damaged. A clone suffix (".cold", ".isra.0") and a symbol version ("@@GLIBC_2.2.5")
/// after a mangled name are kept in the form of the style. Legacy Rust names lose their hash
/// ("::h0123456789abcdef").
[[nodiscard]] std::string demangle(std::string_view name, DemangleStyle style = DemangleStyle::gnu);

}  // namespace symline
