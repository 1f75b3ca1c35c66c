// What a compressed file may write to the disk: a bomb of 200 KB unpacks to gigabytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace symline::base {

class UnpackBound {
public:
    /// For `packed` bytes; each may become `ratio` bytes.
    UnpackBound(std::uint64_t packed, std::uint64_t ratio);
    /// Without a bound.
    UnpackBound() = default;

    /// Counts bytes. The reason why they are too many; nothing when they may be written.
    std::optional<std::string> add(std::uint64_t bytes);

private:
    std::uint64_t ratio_ = 0;
    std::uint64_t left_ = UINT64_MAX;
};

/// The reason why the file system of an open file has no room for `bytes` more: some is left for
/// others. Nothing where there is room, or that cannot be told.
std::optional<std::string> lacks_room(int descriptor, std::uint64_t bytes);

}  // namespace symline::base
