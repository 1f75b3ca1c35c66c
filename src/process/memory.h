// Memory of a process or kernel that is looked at: a core file, a copy of a living process, a dump.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/bytes.h"

namespace symline::process {

/// How the words of a process are stored.
struct WordFormat {
    unsigned size = 8;  ///< bytes in an address: 4 or 8
    bool big_endian = false;
};

class Memory {
public:
    virtual ~Memory() = default;
    /// False, and nothing promised of `to`, when not all of it is there.
    virtual bool read(std::uint64_t address, std::span<std::uint8_t> to) const = 0;
    /// Why a stack ends where an address cannot be read.
    virtual std::string why_missing(std::uint64_t address) const;
};

inline std::optional<std::uint64_t> read_word(const Memory& memory, WordFormat format,
                                              std::uint64_t address) {
    std::array<std::uint8_t, 8> bytes{};
    if (!memory.read(address, std::span(bytes).first(format.size))) return std::nullopt;
    return format.size == 8 ? base::load<std::uint64_t>(bytes.data(), format.big_endian)
                            : base::load<std::uint32_t>(bytes.data(), format.big_endian);
}

/// A NUL-terminated string; cut after `limit` bytes or where memory ends.
std::string read_string(const Memory& memory, std::uint64_t address, std::size_t limit = 4096);

}  // namespace symline::process
