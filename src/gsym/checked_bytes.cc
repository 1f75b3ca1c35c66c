#include "gsym/checked_bytes.h"

#include <algorithm>
#include <cstring>

#include "gsym/block_sum.h"

namespace symline::gsym {

CheckedBytes::CheckedBytes(base::Bytes bytes, base::Bytes sums)
    : bytes_(bytes), sums_(sums), known_((bytes.size() + kBlockSize - 1) / kBlockSize) {}

bool CheckedBytes::check_blocks(std::uint64_t offset, std::uint64_t size) {
    if (damaged_) return false;
    if (offset > bytes_.size() || size > bytes_.size() - offset) return refuse();
    if (size == 0) return true;
    const std::uint64_t last = (offset + size - 1) / kBlockSize;
    for (std::uint64_t block = offset / kBlockSize; block <= last; ++block) {
        if (known_[block] == 0 && !check_block(block)) return refuse();
    }
    return true;
}

bool CheckedBytes::check_block(std::uint64_t block) {
    if (block * 4 + 4 > sums_.size()) return false;
    const std::uint64_t begin = block * kBlockSize;
    const auto part =
        bytes_.subspan(begin, std::min<std::uint64_t>(kBlockSize, bytes_.size() - begin));
    if (block_sum(part) != base::load<std::uint32_t>(sums_.data() + block * 4, false)) return false;
    known_[block] = 1;
    return true;
}

std::uint64_t CheckedBytes::word(std::uint64_t offset, unsigned width) {
    switch (width) {
        case 1: return number<std::uint8_t>(offset);
        case 2: return number<std::uint16_t>(offset);
        case 4: return number<std::uint32_t>(offset);
        case 8: return number<std::uint64_t>(offset);
        default: note_damage(); return 0;
    }
}

std::string_view CheckedBytes::string(std::uint64_t offset, std::uint64_t end) {
    end = std::min<std::uint64_t>(end, bytes_.size());
    for (std::uint64_t at = offset; at < end;) {
        const std::uint64_t stop = std::min<std::uint64_t>(end, (at / kBlockSize + 1) * kBlockSize);
        if (!check(at, stop - at)) return {};
        if (const void* nul = std::memchr(bytes_.data() + at, 0, stop - at)) {
            const auto* begin = reinterpret_cast<const char*>(bytes_.data()) + offset;
            return {begin, static_cast<const char*>(nul)};
        }
        at = stop;
    }
    damaged_ = true;
    return {};
}

}  // namespace symline::gsym
