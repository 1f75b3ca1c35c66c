// Where a function keeps its caller's stack pointer and where it returns to, for each instruction:
// .debug_frame (DWARF 5 section 6.4).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace symline::dwarf {

/// Of one instruction. Registers have the numbers of the machine's ABI.
struct CallFrame {
    /// The canonical frame address, which is what the caller's stack pointer was: the value of a
    /// register and an offset.
    std::uint64_t cfa_register = 0;
    std::int64_t cfa_offset = 0;
    /// The return address is in memory, at an offset from the canonical frame address; else in a
    /// register.
    std::optional<std::int64_t> return_offset;
    std::uint64_t return_register = 0;
};

/// Those of a file's functions.
class CallFrames {
public:
    /// Reads where functions are. `section` is borrowed.
    CallFrames(base::Bytes section, bool big_endian);

    /// Nothing where the section does not describe the address, or by more than registers and
    /// offsets.
    std::optional<CallFrame> at(std::uint64_t address) const;

private:
    struct Function {
        std::uint64_t begin = 0, size = 0;
        std::uint64_t common = 0;  ///< where its CIE is
        base::Bytes instructions;
    };

    base::Bytes section_;
    bool big_endian_;
    std::vector<Function> functions_;  ///< by address
};

}  // namespace symline::dwarf
