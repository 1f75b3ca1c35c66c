// Stacks of machines whose frames hold the caller's stack pointer, the back chain, and whose
// functions save where they return to in the caller's frame: 64-bit Power and s390.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "dwarf/call_frames.h"
#include "vmcore/memory/kernel_memory.h"
#include "vmcore/unwind/frame_walk.h"

namespace symline::vmcore {

/// What is where in a frame, in bytes from its stack pointer.
struct BackChainLayout {
    std::uint64_t back_chain = 0;
    std::uint64_t return_address = 0;  ///< of the function that was called from the frame
    std::uint64_t cfa = 0;             ///< DWARF's canonical frame address of that function
    /// DWARF's number of the register that a call leaves the return address in.
    std::uint64_t link_register = 0;
};

struct BackChainKernel {
    KernelCode code;
    BackChainLayout frame;
    /// What is known of the frame at an instruction: its registers have DWARF's numbers.
    std::function<std::optional<dwarf::CallFrame>(std::uint64_t)> call_frame;
};

/// One stack. Both arguments are borrowed.
class BackChainWalk : public FrameWalk {
public:
    BackChainWalk(const KernelBytes& memory, const BackChainKernel& kernel, std::size_t max_frames)
        : FrameWalk(max_frames), memory_(memory), kernel_(kernel) {}

protected:
    static constexpr const char* kNotInDump = "the stack is not in the dump";
    static constexpr const char* kNoCode = "the return address is not in the kernel's code";

    /// Where an exception stopped a function, or where a CPU was.
    struct Stopped {
        std::uint64_t ip = 0, sp = 0, link = 0;
        bool user = false;
        std::span<const std::uint64_t> general;  ///< registers, by DWARF's numbers
    };

    const KernelBytes& memory() const { return memory_; }
    bool is_code(std::uint64_t address) const { return kernel_.code.holds(address); }
    /// Of the frame that was found last.
    std::uint64_t stack_pointer() const { return stack_pointer_; }
    std::optional<std::uint64_t> back_chain() const;
    /// Where the function that was called from a frame returns to.
    std::optional<std::uint64_t> return_address(std::uint64_t frame) const;

    /// Without debug information: a function's frame is its caller's again, in which the return
    /// address still is.
    virtual bool has_left_frame(std::uint64_t) const { return false; }

    /// Adds the place, and its function's caller where that does not follow from the back chain.
    void stopped_at(const Stopped& place, UnwoundBy way);
    /// Adds the place in a frame's function that a call from there returns to.
    void called_from(std::uint64_t frame, UnwoundBy way);

private:
    bool add_caller(const dwarf::CallFrame& frame, const Stopped& place);
    void add_caller_in_link_register(const Stopped& place);
    bool is_left_over(std::uint64_t saved, const Stopped& place) const;
    std::optional<std::uint64_t> value(const Stopped& place, std::uint64_t number) const;

    const KernelBytes& memory_;
    const BackChainKernel& kernel_;
    std::uint64_t stack_pointer_ = 0;
};

}  // namespace symline::vmcore
