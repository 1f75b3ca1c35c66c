// The calls that a function makes, as compilers list them: DW_TAG_call_site (DWARF 5 section 3.4)
// and GNU's DW_TAG_GNU_call_site of DWARF 4. The interest is in tail calls: a jump to another
// function, which takes over the frame and returns to the caller's caller.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dwarf/function_match.h"

namespace symline::dwarf {

/// The function that a call names (DW_AT_call_origin).
struct Callee {
    /// Where it begins; nothing where its DIE is a declaration or an abstract instance.
    std::optional<std::uint64_t> entry;
    std::string name;       ///< the name that it is linked by; empty: not known
    bool external = false;  ///< of that name the program has one function
};

struct CallSite {
    /// The instruction after the call or jump; 0 where only `pc` is known.
    std::uint64_t return_pc = 0;
    std::uint64_t pc = 0;  ///< an address in the call or jump itself
    bool tail = false;
    /// Nothing for calls through a pointer.
    std::optional<Callee> callee;
};

/// A function that jumps to others.
struct TailCallingFunction {
    std::uint64_t unit = 0, die = 0;  ///< which one it is
    std::uint64_t entry = 0;          ///< where it begins
    bool complete = false;  ///< the compiler says that it has listed all of its tail calls
    std::vector<CallSite> tail_calls{};
};

/// The call of `function` that returns to `return_pc`. Nothing where none is listed.
std::optional<CallSite> call_returning_to(const FunctionMatch& function, std::uint64_t return_pc);

/// The function and its tail calls. Nothing where reading them takes more work than the file is
/// worth.
std::optional<TailCallingFunction> tail_calls_of(const FunctionMatch& function);

}  // namespace symline::dwarf
