// From the registers of a stopped thread to its frames.
//
// Memory, registers and files come through UnwindSource, so that a core and a living process are
// the same here. Where there is no call frame information, frame pointers are followed as far as
// they make sense.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "process/memory.h"
#include "process/registers/registers.h"
#include "process/unwind/go_stacks.h"
#include "symline/stack_trace.h"

namespace symline::process {

class FrameTables;

class UnwindSource {
public:
    virtual ~UnwindSource() = default;
    virtual const Memory& memory() const = 0;
    /// The same, and the code and tables of files of which it is not known that they are what was
    /// mapped: as their call frame information is used, which comes with them.
    virtual const Memory& code_memory() const { return memory(); }
    virtual const MachineFacts& machine() const = 0;
    virtual bool big_endian() const = 0;
    /// Of the module that holds an address, where its file is there; valid as long as the source.
    virtual FrameTables* tables(std::uint64_t address) = 0;
    /// Whether an address is in executable memory.
    virtual bool is_code(std::uint64_t address) const = 0;
    /// Whether a function with a name begins at an address, or with the instruction before it.
    virtual bool begins_function(std::uint64_t) const { return false; }
    /// Where the function that holds an address begins, by its symbol.
    virtual std::optional<std::uint64_t> function_at(std::uint64_t) const { return std::nullopt; }
    /// Which of Go's functions an address is in, by its symbol.
    virtual GoFunction go_function(std::uint64_t) const { return GoFunction::none; }
    /// Whether the function that holds an address has no caller: a thread or a program begins
    /// with it.
    virtual bool begins_stack(std::uint64_t) const { return false; }
};

class Unwinder {
public:
    /// `source` is borrowed and must live as long.
    explicit Unwinder(UnwindSource& source, std::size_t max_frames = kMaxFrames);
    Unwinder(const Unwinder&) = delete;
    Unwinder& operator=(const Unwinder&) = delete;
    ~Unwinder();

    /// Fills in `frames` and `stopped` of `into`, from the registers of its thread. Returned is the
    /// address where memory was missing, if that ended the stack.
    std::optional<std::uint64_t> unwind(const Registers& registers, StackTrace& into);
    /// Whether a stack was not searched for return addresses, after many others were.
    bool refused_scan() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace symline::process
