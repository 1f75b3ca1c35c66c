// From the registers of a stopped thread to its frames.
//
// Call frame information (.eh_frame, .debug_frame) is read by libdwfl; memory, registers and files
// come through UnwindSource, so that a core, a living process and a kernel dump are the same here.
// Where there is no call frame information, frame pointers are followed as far as they make sense.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "process/memory.h"
#include "process/registers.h"
#include "symline/stack_trace.h"

namespace symline::process {

/// A file in the memory of what is unwound.
struct UnwindModule {
    std::string name;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// The file to read a module's call frame information from; no path where there is none.
struct UnwindFile {
    std::string path;
    std::uint64_t bias = 0;  ///< runtime address minus the file's
};

class UnwindSource {
public:
    virtual ~UnwindSource() = default;
    virtual const Memory& memory() const = 0;
    virtual const MachineFacts& machine() const = 0;
    virtual bool big_endian() const = 0;
    /// Asked once.
    virtual std::vector<UnwindModule> modules() const = 0;
    /// Asked when the first frame is in a module; by its index in modules().
    virtual UnwindFile file(std::size_t module) = 0;
    /// Its separate debug file, for .debug_frame; empty where there is none. Asked when the file
    /// itself does not tell how to unwind.
    virtual std::string debug_file(std::size_t module) = 0;
    /// Whether an address is in executable memory.
    virtual bool is_code(std::uint64_t address) const = 0;
    /// Whether a function with a name begins at an address, or with the instruction before it.
    virtual bool begins_function(std::uint64_t) const { return false; }
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

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace symline::process
