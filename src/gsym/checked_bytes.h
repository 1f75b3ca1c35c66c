// Bytes in blocks, each with a checksum that is compared when the block is first read.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "gsym/gsym_format.h"

namespace symline::gsym {

class CheckedBytes {
public:
    CheckedBytes() = default;
    /// `sums` has a little-endian block_sum() for each block of kBlockSize bytes of `bytes`.
    CheckedBytes(base::Bytes bytes, base::Bytes sums);

    std::uint64_t size() const { return bytes_.size(); }
    /// Bytes that are as they were written; none when some of them lie outside of the file or were
    /// damaged since.
    base::Bytes at(std::uint64_t offset, std::uint64_t size) {
        return check(offset, size) ? bytes_.subspan(offset, size) : base::Bytes{};
    }
    /// A little-endian number; 0, and damaged() from then on, where at() has none.
    template <typename Number>
    Number number(std::uint64_t offset) {
        if (!check(offset, sizeof(Number))) return 0;
        return base::load<Number>(bytes_.data() + offset, false);
    }
    /// The same of 1, 2, 4 or 8 bytes.
    std::uint64_t word(std::uint64_t offset, unsigned width);
    /// The NUL-terminated string at `offset`, which ends before `end`.
    std::string_view string(std::uint64_t offset, std::uint64_t end);
    /// The bytes at `offset` will be read soon.
    void prefetch(std::uint64_t offset) const {
        if (offset < bytes_.size()) __builtin_prefetch(bytes_.data() + offset);
    }
    /// True once something was asked for that is not there as it was written.
    bool damaged() const { return damaged_; }
    void note_damage() { damaged_ = true; }

private:
    /// Most of what is read lies in one block that was read before.
    bool check(std::uint64_t offset, std::uint64_t size) {
        const std::uint64_t block = offset / kBlockSize;
        const bool one_block = size <= kBlockSize && offset % kBlockSize + size <= kBlockSize;
        // The last block may be a short one. The sum is that of numbers in one known block.
        const bool known = one_block && block < known_.size() && known_[block] != 0 &&
                           offset + size <= bytes_.size() && !damaged_;
        return known || check_blocks(offset, size);
    }
    bool refuse() {
        damaged_ = true;
        return false;
    }
    bool check_blocks(std::uint64_t offset, std::uint64_t size);
    bool check_block(std::uint64_t block);

    base::Bytes bytes_, sums_;
    std::vector<std::uint8_t> known_;  ///< for each block, whether it was found whole
    bool damaged_ = false;
};

}  // namespace symline::gsym
