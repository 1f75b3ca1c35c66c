#include "elf/compression.h"

#include <libdeflate.h>
#include <llvm/BinaryFormat/ELF.h>
#include <zstd.h>

#include <cstdint>
#include <new>

#include "base/mapped_file.h"

namespace symline::elf {
namespace {

Error malformed(std::string message) {
    return {ErrorCode::malformed, {}, std::move(message)};
}

/// A header may claim any size. Deflate cannot do better than 1,032 to 1, and a zstd stream of real
/// debug information stays far below that; a header that claims more is refused before memory is
/// allocated.
bool plausible(std::uint64_t claimed, std::size_t compressed) {
    constexpr std::uint64_t kMaxRatio = 1040;
    return claimed / kMaxRatio <= compressed;
}

/// Fills `out` with up to `size` bytes, and says how many there were; false for damaged data.
using Decompress = bool (*)(base::Bytes data, std::uint8_t* out, std::size_t& size);

/// libdeflate takes a third of zlib's time.
bool inflate_zlib(base::Bytes data, std::uint8_t* out, std::size_t& size) {
    const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflate(
        libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
    return inflate != nullptr && libdeflate_zlib_decompress(inflate.get(), data.data(), data.size(),
                                                            out, size, &size) == LIBDEFLATE_SUCCESS;
}

bool inflate_zstd(base::Bytes data, std::uint8_t* out, std::size_t& size) {
    size = ZSTD_decompress(out, size, data.data(), data.size());
    return ZSTD_isError(size) == 0;
}

Expected<Inflated> inflate(base::Bytes data, std::uint64_t claimed, std::uint64_t max,
                           Decompress decompress) {
    if (!plausible(claimed, data.size()) || claimed > max) {
        return std::unexpected(
            malformed("claims to be " + std::to_string(claimed) + " bytes when decompressed"));
    }
    Inflated result;
    result.size = claimed;
    result.bytes.reset(new (std::nothrow) std::uint8_t[claimed + 1]);
    if (result.bytes == nullptr) return std::unexpected(malformed("too large to decompress"));
    std::size_t size = claimed;
    if (!decompress(data, result.bytes.get(), size)) {
        return std::unexpected(malformed("compressed data is damaged"));
    }
    if (size != claimed) return std::unexpected(malformed("decompresses to another size"));
    return result;
}

}  // namespace

Expected<Inflated> inflate_section(base::Bytes raw, HeaderForm form, std::uint64_t max) {
    base::Cursor cursor(raw, form.big_endian);
    const std::uint32_t type = cursor.u32();
    if (form.is64) cursor.skip(4);
    const std::uint64_t size = cursor.word(form.is64 ? 8 : 4);
    cursor.skip(form.is64 ? 8 : 4);
    if (!cursor.ok()) return std::unexpected(malformed("compression header is cut short"));
    const base::Bytes data = base::tail(raw, cursor.offset());
    if (type == llvm::ELF::ELFCOMPRESS_ZLIB) {
        return inflate(data, size, max, inflate_zlib);
    }
    if (type == llvm::ELF::ELFCOMPRESS_ZSTD) {
        return inflate(data, size, max, inflate_zstd);
    }
    return std::unexpected(Error{ErrorCode::unsupported,
                                 {},
                                 "compressed by an unknown method (" + std::to_string(type) + ")"});
}

Expected<Inflated> inflate_old_section(base::Bytes raw, std::uint64_t max) {
    constexpr std::size_t kHeader = 12;
    const std::string_view text{reinterpret_cast<const char*>(raw.data()), raw.size()};
    if (raw.size() < kHeader || !text.starts_with("ZLIB")) {
        return std::unexpected(malformed("compression header is damaged"));
    }
    const auto size = base::load<std::uint64_t>(raw.data() + 4, true);
    return inflate(base::tail(raw, kHeader), size, max, inflate_zlib);
}

std::uint32_t crc32(base::Bytes bytes) {
    return libdeflate_crc32(0, bytes.data(), bytes.size());
}

std::uint32_t debug_link_crc(base::Bytes file) {
    base::expect_access(file, base::Access::in_order);
    return crc32(file);
}

}  // namespace symline::elf
