// The text of a demangled C++ name, from LLVM's form to GNU's.
#pragma once

#include <string>
#include <string_view>

namespace symline::demangling {

/// Rewrites what LLVM 19 and GNU binutils 2.40 print differently: "'lambda'(int)" becomes
/// "{lambda(int)#1}", "'unnamed'" "{unnamed type#1}", and ">>" at the end of template arguments ">
/// >".
///
/// GNU's own demangler, which libstdc++ has as abi::__cxa_demangle, is not used: 43 bytes of a
/// crafted name keep the one of GCC 12 busy for more than ten minutes.
std::string in_gnu_form(std::string_view text);

}  // namespace symline::demangling
