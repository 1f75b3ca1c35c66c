#include "gsym/checked_bytes.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "gsym/block_sum.h"
#include "gsym/byte_sink.h"
#include "gsym/gsym_format.h"

using symline::gsym::CheckedBytes;
using symline::gsym::kBlockSize;

namespace {

struct Summed {
    explicit Summed(std::size_t size) : bytes(size, 7) {
        symline::gsym::ByteSink sink(sums);
        for (std::size_t at = 0; at < size; at += kBlockSize) {
            const auto block = std::span(bytes).subspan(at, std::min(kBlockSize, size - at));
            sink.u32(symline::gsym::block_sum(block));
        }
    }
    CheckedBytes checked() const { return {bytes, sums}; }
    std::vector<std::uint8_t> bytes, sums;
};

constexpr std::size_t kSize = kBlockSize + 100;  // the last block is a short one

}  // namespace

TEST_CASE("what lies beyond the end is damage, also in a block that was read before") {
    const Summed summed(kSize);
    for (const std::uint64_t offset :
         {std::uint64_t{kSize - 3}, std::uint64_t{kSize}, std::uint64_t{kSize + 1},
          std::uint64_t{kSize + 1000}, std::uint64_t{3 * kBlockSize}, UINT64_MAX, UINT64_MAX - 3}) {
        CheckedBytes bytes = summed.checked();
        CHECK(bytes.number<std::uint32_t>(kSize - 4) == 0x07070707);
        CHECK_FALSE(bytes.damaged());
        CHECK(bytes.number<std::uint32_t>(offset) == 0);
        CHECK(bytes.damaged());
        CHECK(bytes.number<std::uint32_t>(0) == 0);
    }
}

TEST_CASE("bytes across blocks are those that were written, changed ones are none") {
    Summed summed(kSize);
    CheckedBytes bytes = summed.checked();
    CHECK(bytes.at(kBlockSize - 2, 4).size() == 4);
    CHECK(bytes.at(kSize, 0).empty());
    CHECK_FALSE(bytes.damaged());
    summed.bytes[kSize - 1] ^= 1;
    CheckedBytes changed = summed.checked();
    CHECK(changed.at(0, kBlockSize).size() == kBlockSize);
    CHECK(changed.at(kBlockSize - 2, 4).empty());
    CHECK(changed.damaged());
}
