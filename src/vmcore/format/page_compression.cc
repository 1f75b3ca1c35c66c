#include "vmcore/format/page_compression.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>

#include "base/bytes.h"

namespace symline::vmcore {
namespace {

bool decompress_zlib(std::span<const std::uint8_t> from, std::span<std::uint8_t> to) {
    uLongf size = to.size();
    return uncompress(to.data(), &size, from.data(), from.size()) == Z_OK && size == to.size();
}

bool decompress_zstd(std::span<const std::uint8_t> from, std::span<std::uint8_t> to) {
    return ZSTD_decompress(to.data(), to.size(), from.data(), from.size()) == to.size();
}

/// Where a copy comes from and how long it is: by the low two bits of its first byte.
struct SnappyCopy {
    std::size_t distance;
    std::size_t count;
};

SnappyCopy read_snappy_copy(base::Cursor& in, unsigned tag) {
    switch (tag & 3) {
        case 1: return {((std::size_t{tag} >> 5) << 8) | in.u8(), ((tag >> 2) & 7) + 4};
        case 2: return {in.u16(), (tag >> 2) + 1};
        default: return {in.u32(), (tag >> 2) + 1};
    }
}

std::size_t snappy_literals(base::Cursor& in, unsigned tag) {
    const unsigned length = tag >> 2;
    switch (length) {
        case 60: return std::size_t{in.u8()} + 1;
        case 61: return std::size_t{in.u16()} + 1;
        case 62: return std::size_t{in.u24()} + 1;
        case 63: return std::size_t{in.u32()} + 1;
        default: return std::size_t{length} + 1;
    }
}

}  // namespace

bool decompress_snappy(std::span<const std::uint8_t> from, std::span<std::uint8_t> to) {
    base::Cursor in(from, false);
    if (in.uleb() != to.size()) return false;
    std::size_t written = 0;
    while (in.ok() && !in.at_end()) {
        const unsigned tag = in.u8();
        if ((tag & 3) == 0) {
            const std::size_t count = snappy_literals(in, tag);
            if (count > in.remaining() || count > to.size() - written) return false;
            std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(in.offset()), count,
                        to.begin() + static_cast<std::ptrdiff_t>(written));
            in.skip(count);
            written += count;
            continue;
        }
        SnappyCopy copy = read_snappy_copy(in, tag);
        if (copy.distance == 0 || copy.distance > written || copy.count > to.size() - written) {
            return false;
        }
        for (; copy.count > 0; --copy.count, ++written) to[written] = to[written - copy.distance];
    }
    return in.ok() && written == to.size();
}

bool decompress_page(PageCompression how, std::span<const std::uint8_t> from,
                     std::span<std::uint8_t> page) {
    switch (how) {
        case PageCompression::none:
            if (from.size() != page.size()) return false;
            std::ranges::copy(from, page.begin());
            return true;
        case PageCompression::zlib: return decompress_zlib(from, page);
        case PageCompression::lzo: return decompress_lzo(from, page);
        case PageCompression::snappy: return decompress_snappy(from, page);
        case PageCompression::zstd: return decompress_zstd(from, page);
    }
    return false;
}

}  // namespace symline::vmcore
