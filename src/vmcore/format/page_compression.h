// The compressions of pages in kdump-compressed dumps.
#pragma once

#include <cstdint>
#include <span>

namespace symline::vmcore {

enum class PageCompression { none, zlib, lzo, snappy, zstd };

/// Fills `page` from compressed data. False when the data is damaged or makes another size. All of
/// them read and write inside of the two spans only, whatever the data.
bool decompress_page(PageCompression how, std::span<const std::uint8_t> from,
                     std::span<std::uint8_t> page);

/// LZO1X, as minilzo's lzo1x_decompress_safe reads it.
bool decompress_lzo(std::span<const std::uint8_t> from, std::span<std::uint8_t> to);
/// Snappy's raw format (format_description.txt of its sources).
bool decompress_snappy(std::span<const std::uint8_t> from, std::span<std::uint8_t> to);

}  // namespace symline::vmcore
