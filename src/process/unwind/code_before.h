// The code that leads to an instruction, read once: what looks for the beginning of a function goes
// over thousands of instructions.
#pragma once

#include <vector>

#include "process/memory.h"

namespace symline::process {

class CodeBefore : public Memory {
public:
    /// The longest way back. Few functions are larger; the cost is paid for each frame.
    static constexpr std::size_t kMaxSize = std::size_t{1} << 13;

    /// `memory` is read in here alone.
    CodeBefore(const Memory& memory, std::uint64_t end);

    bool read(std::uint64_t address, std::span<std::uint8_t> to) const override;
    std::uint64_t begin() const { return begin_; }

private:
    std::vector<std::uint8_t> bytes_;
    std::uint64_t begin_, end_;  ///< of what is there
    std::size_t first_ = 0;      ///< the byte at begin_
};

}  // namespace symline::process
