// Stacks: of the threads of a process, living or crashed, and of the CPUs and tasks of a kernel.
//
//     for (const auto& group : symline::fold_stacks(stacks)) {
//         const symline::StackTrace& stack = stacks[group.front()];
//         std::cout << group.size() << " threads, " << stack.frames.size() << " frames\n";
//     }
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "symline/address.h"

namespace symline {

/// How a frame was found from the frame below it (the one that it called).
enum class UnwoundBy {
    registers,       ///< the thread's own: frame 0
    cfi,             ///< call frame information
    orc,             ///< the kernel's ORC tables
    frame_pointer,   ///< the chain of saved frame pointers
    return_address,  ///< the call's own trace: the stack's top or the link register
    scan,            ///< a look along the stack: frames between may be missing
    tail_call,       ///< by the calls that its caller and it list: see tail_calls.h
    signal_frame,    ///< the registers that the kernel saved for a signal's handler
    exidx,           ///< the unwind tables of 32-bit Arm
    stack_switch,    ///< what Go's runtime had saved when it went to another stack
    prologue,        ///< the instructions that made a function's frame, as nothing describes it
};
/// "registers", "cfi", "orc", "frame pointer", "return address", "scan",
/// "tail call", "signal frame", "exidx", "stack switch", "prologue".
[[nodiscard]] std::string_view describe(UnwoundBy way);

/// Deeper stacks are cut. A runaway recursion fills the usual 8 MB with 170,000 frames of 48 bytes.
inline constexpr std::size_t kMaxFrames = std::size_t{1} << 18;
/// The same of a kernel, whose stacks have 64 KB at most.
inline constexpr std::size_t kMaxKernelFrames = 16384;

struct StackFrame {
    /// Exact: frame 0, what a signal or an interrupt stopped, and the code that a signal's handler
    /// returns to. Others are return addresses.
    CodeAddress pc;
    std::uint64_t sp = 0;  ///< 0: not known
    UnwoundBy unwound_by = UnwoundBy::cfi;
    bool user = false;  ///< of a kernel's stack: the place in user space that it was entered from
    /// The code that the handler of a signal returns to: the frame below is the handler, the one
    /// above what it interrupted.
    bool signal_return = false;
    friend bool operator==(const StackFrame&, const StackFrame&) = default;
};

struct NamedRegister {
    std::string_view name;  ///< as the machine's manual writes it: "rip"
    std::uint64_t value = 0;
};

/// A register beside the general ones: of vectors, of floating point numbers, and their control.
struct ExtendedRegister {
    std::string name;                 ///< the widest that it has: "zmm0", "v31", "mxcsr"
    std::vector<std::uint8_t> bytes;  ///< the lowest first, whatever the machine's order
};

/// What a living thread does that could not be stopped, as /proc says it: it is blocked in the
/// kernel.
struct UnstoppedThread {
    char state = 'D';  ///< the letter of /proc/PID/stat: 'D' is uninterruptible
    std::optional<std::uint64_t> system_call;  ///< its number
    std::string wait_channel;                  ///< the function of the kernel; empty: not known
    std::vector<std::string> kernel_stack;  ///< "name+0x10/0x20", innermost first; for root alone
    friend bool operator==(const UnstoppedThread&, const UnstoppedThread&) = default;
};

/// One thread of a process, or one CPU or task of a kernel.
struct StackTrace {
    int tid = 0;                  ///< a kernel's task: its pid; -1: not known
    std::string name;             ///< may be empty
    std::optional<unsigned> cpu;  ///< of a kernel: the CPU; nothing for a task that no CPU ran
    bool crashing = false;
    std::vector<NamedRegister> registers;  ///< those that are known, in the machine's order
    std::vector<ExtendedRegister> extended_registers{};  ///< where they are asked for and known
    std::vector<StackFrame> frames;                      ///< innermost first
    /// Why there are no more frames; empty: the outermost was reached.
    std::string stopped;
    /// Of a living process: its frames are those from where the thread entered the kernel.
    std::optional<UnstoppedThread> unstopped;
};

/// Which stacks are wanted.
struct StackOptions {
    std::vector<int> tids{};  ///< these threads alone; empty: all
    /// The first alone: the thread that got the signal, the CPU that panicked.
    bool crashing_only = false;
    std::size_t max_frames = kMaxFrames;  ///< of each thread; deeper stacks are cut; 0: no frames
    bool extended_registers = false;      ///< of a process: those of vectors as well
};

/// Indexes into `stacks`, in groups of those with the same frames, such as the idle threads of a
/// pool. The crashing thread's group comes first, the others in the order of their first thread;
/// the stack of a CPU is a group of its own.
[[nodiscard]] std::vector<std::vector<std::size_t>> fold_stacks(std::span<const StackTrace> stacks);

}  // namespace symline
