// Decompression of whole files and streams: kernel modules (.ko.xz, .ko.zst, .ko.gz) and the ELF
// file in a .gnu_debugdata section. They are recognised by their first bytes, not by name.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "symline/error.h"

namespace symline::base {

enum class Packing { none, gzip, xz, zstd };

Packing packing_of(Bytes bytes);

/// Memory that the object owns.
class Pages {
public:
    Pages() = default;
    Pages(Pages&& other) noexcept;
    Pages& operator=(Pages&& other) noexcept;
    ~Pages();

    /// Makes room for `size` bytes and keeps the contents. False when there is no memory.
    bool resize(std::size_t size);
    std::uint8_t* data() { return data_; }
    std::size_t size() const { return size_; }
    Bytes bytes() const { return {data_, size_}; }

private:
    std::uint8_t* data_ = nullptr;
    std::size_t size_ = 0;
};

/// No kernel module or symbol table comes near this; what would grow larger is a decompression
/// bomb.
inline constexpr std::uint64_t kMaxUnpackedSize = std::uint64_t{1} << 30;

/// Errors carry no file name: malformed, unsupported (more than `limit` bytes), unreadable (no
/// memory).
Expected<Pages> unpack(Bytes packed, std::uint64_t limit = kMaxUnpackedSize);

}  // namespace symline::base
