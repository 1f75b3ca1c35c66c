// What was copied of a living process while it stood still.
#pragma once

#include <cstdint>
#include <vector>

#include "process/live/process_maps.h"

namespace symline::process {

/// What may be copied of one process.
inline constexpr std::uint64_t kMaxCopied = std::uint64_t{256} << 20;

/// The used part of each stack. Code and constants are read from the files.
class CopiedMemory : public Memory {
public:
    explicit CopiedMemory(int pid) : process_(pid) {}
    bool read(std::uint64_t address, std::span<std::uint8_t> to) const override;
    std::string why_missing(std::uint64_t address) const override;

    /// As far as kMaxCopied allows. What was copied of there before is replaced.
    void copy(std::uint64_t begin, std::uint64_t end);

private:
    struct Piece {
        std::uint64_t begin = 0;
        std::vector<std::uint8_t> bytes;
        bool cut = false;  ///< there is more, beyond the limit
    };
    ProcessMemory process_;
    std::vector<Piece> pieces_;  ///< the newest last
    std::uint64_t size_ = 0;     ///< of all
};

}  // namespace symline::process
