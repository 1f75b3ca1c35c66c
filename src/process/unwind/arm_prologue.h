// The prologues of 32-bit Arm code, A32 and T32. The unwind tables hold once a function has built
// its frame: where a thread has stopped before, what is missing has to be known.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "process/memory.h"
#include "process/unwind/exidx_table.h"

namespace symline::process {

struct ArmCode {
    const Memory& memory;
    bool big_endian = false;  ///< of the code, not of the data
    bool thumb = false;
};

/// How many of the `frame_size` bytes that a function has on the stack are there before `pc` is
/// executed. `begin` is where the function, or one with the same frame before it, begins. Nothing
/// where that is not known: the code cannot be read, or pc is in an epilogue.
std::optional<std::uint32_t> pushed_before(const ArmCode& code, std::uint64_t begin,
                                           std::uint64_t pc, std::uint32_t frame_size);

/// Whether a frame register has been set from the stack pointer before `pc`.
bool sets_frame_register(const ArmCode& code, std::uint64_t begin, std::uint64_t pc,
                         unsigned frame_register);

/// A frame that no table describes, as its instructions made it.
struct ArmFrame {
    std::uint64_t begin = 0;  ///< the first of them
    std::vector<ExidxOperation> operations;
};
/// Those of the instructions before `pc` that push the link register, the nearest first: some may
/// be no instructions, but parts of one or data. `from`: the first address to be looked at.
std::vector<ArmFrame> find_arm_frames(const ArmCode& code, std::uint64_t from, std::uint64_t pc);

/// That of the function that begins at `begin` and has saved no link register. Nothing where no
/// instruction that begins there leads to `pc`.
std::optional<ArmFrame> leaf_frame(const ArmCode& code, std::uint64_t begin, std::uint64_t pc);

/// Whether the instruction before an address is a system call.
bool follows_system_call(const ArmCode& code, std::uint64_t address);

}  // namespace symline::process
