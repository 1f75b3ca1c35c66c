// What Go's runtime does to stacks that call frame information does not tell: it runs C code and
// its own on other stacks than goroutines, and has signal handlers make code call functions.
//
// The sources are runtime/traceback.go (gentraceback) and runtime/asm_amd64.s of Go, and Delve's
// pkg/proc/amd64_arch.go (amd64SwitchStack), which follow the same functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "process/registers/registers.h"

namespace symline::process {

class UnwindSource;

/// A function of Go's runtime that is left in another way than by returning.
enum class GoFunction {
    none,
    unknown,        ///< Go has compiled it, and the program has no symbols
    injected_call,  ///< a signal handler has called it for the code that was interrupted
    systemstack,    ///< returns to the goroutine that the thread has run
    morestack,      ///< goes back to the function that needed more stack
    mcall,          ///< where the stack of the scheduler begins: it never returns
    asmcgocall,     ///< returns to the stack that it has noted on the one of C code
    cgocallback,    ///< returns to the stack of the C code that called it
};

/// By the name of a function in a program of Go's own compiler.
GoFunction go_function_named(std::string_view name);
/// asmcgocall by its code after the call, for programs without symbols.
bool returns_to_asmcgocall(const UnwindSource& source, std::uint64_t pc);

/// One thread's way from stack to stack. All that it reads is checked: that a thread's structures
/// lead to each other, and that what they have saved lies on their stack.
class GoStacks {
public:
    /// `source` is borrowed.
    explicit GoStacks(const UnwindSource& source) : source_(&source) {}

    /// The caller's registers, on another stack; for cgocallback its own there. Nothing where the
    /// structures are not as they have to be.
    std::optional<Registers> leave(GoFunction function, const Registers& registers) const;
    /// Of cgocallback, whose own registers are `here` on the goroutine's stack and `there` on that
    /// of C code, which leads to `caller`: whether both are of the same call. A panic may have
    /// taken calls off the scheduler's stack already.
    bool left_for_c(const Registers& here, const Registers& there, const Registers& caller);

private:
    std::optional<Registers> leave_asmcgocall(const Registers& registers) const;
    std::optional<Registers> leave_for_goroutine(GoFunction function,
                                                 const Registers& registers) const;
    std::optional<Registers> leave_for_c(const Registers& registers) const;

    const UnwindSource* source_;
    /// What the scheduler's stack pointer was before the calls from C that have been left.
    std::optional<std::uint64_t> system_sp_;
};

}  // namespace symline::process
