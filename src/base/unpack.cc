#include "base/unpack.h"

#include <libdeflate.h>
#include <lzma.h>
#include <sys/mman.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace symline::base {
namespace {

/// The kernel packs its modules with dictionaries of 2 MB; xz -9 takes 64.
constexpr std::uint64_t kDecoderMemory = std::uint64_t{256} << 20;

std::unexpected<Error> malformed(std::string message) {
    return std::unexpected(Error{ErrorCode::malformed, {}, std::move(message)});
}

std::unexpected<Error> no_memory() {
    return std::unexpected(Error{ErrorCode::unreadable, {}, "not enough memory to decompress it"});
}

std::unexpected<Error> damaged() {
    return malformed("compressed data is damaged");
}

std::string megabytes(std::uint64_t bytes) {
    return std::to_string(bytes >> 20) + " MB";
}

/// Twice the room for what is decompressed, up to the limit.
Expected<void> grow(Pages& pages, std::uint64_t limit) {
    constexpr std::size_t kMinRoom = 65536;
    if (pages.size() >= limit) {
        return std::unexpected(Error{
            ErrorCode::unsupported, {}, "larger than " + megabytes(limit) + " when decompressed"});
    }
    const auto size = std::min<std::uint64_t>(std::max(pages.size() * 2, kMinRoom), limit);
    if (!pages.resize(size)) return no_memory();
    return {};
}

Expected<Pages> first_room(std::size_t packed, std::uint64_t limit) {
    Pages pages;
    const auto size = std::clamp<std::uint64_t>(packed * 4, 65536, limit);
    if (!pages.resize(size)) return no_memory();
    return pages;
}

Expected<Pages> trimmed(Pages pages, std::size_t size) {
    if (size == 0) return malformed("compressed data holds nothing");
    if (!pages.resize(size)) return no_memory();
    return pages;
}

Expected<Pages> unpack_gzip(Bytes packed, std::uint64_t limit) {
    const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> inflate(
        libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
    auto pages = first_room(packed.size(), limit);
    if (!pages || inflate == nullptr) return pages ? no_memory() : std::move(pages);
    for (;;) {
        std::size_t size = 0;
        const auto result =
            libdeflate_gzip_decompress_ex(inflate.get(), packed.data(), packed.size(),
                                          pages->data(), pages->size(), nullptr, &size);
        if (result == LIBDEFLATE_SUCCESS) return trimmed(std::move(*pages), size);
        if (result != LIBDEFLATE_INSUFFICIENT_SPACE) return damaged();
        if (auto grown = grow(*pages, limit); !grown) return std::unexpected(grown.error());
    }
}

Expected<Pages> unpack_xz(Bytes packed, std::uint64_t limit) {
    lzma_stream stream = LZMA_STREAM_INIT;
    if (lzma_stream_decoder(&stream, kDecoderMemory, 0) != LZMA_OK) return no_memory();
    const std::unique_ptr<lzma_stream, decltype(&lzma_end)> end(&stream, lzma_end);
    auto pages = first_room(packed.size(), limit);
    if (!pages) return pages;
    stream.next_in = packed.data();
    stream.avail_in = packed.size();
    for (;;) {
        stream.next_out = pages->data() + stream.total_out;
        stream.avail_out = pages->size() - stream.total_out;
        const auto result = lzma_code(&stream, LZMA_FINISH);
        if (result == LZMA_STREAM_END) return trimmed(std::move(*pages), stream.total_out);
        if (result == LZMA_MEMLIMIT_ERROR) {
            return malformed("needs more than " + megabytes(kDecoderMemory) + " to decompress");
        }
        if (result != LZMA_OK || stream.avail_out != 0) return damaged();
        if (auto grown = grow(*pages, limit); !grown) return std::unexpected(grown.error());
    }
}

Expected<Pages> unpack_zstd(Bytes packed, std::uint64_t limit) {
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                       ZSTD_freeDCtx);
    auto pages = first_room(packed.size(), limit);
    if (!pages || context == nullptr) return pages ? no_memory() : std::move(pages);
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    ZSTD_outBuffer out{pages->data(), pages->size(), 0};
    for (;;) {
        const auto left = ZSTD_decompressStream(context.get(), &out, &in);
        if (ZSTD_isError(left) != 0) return damaged();
        if (left == 0) return trimmed(std::move(*pages), out.pos);
        if (out.pos < out.size) {
            if (in.pos == in.size) return damaged();
            continue;
        }
        if (auto grown = grow(*pages, limit); !grown) return std::unexpected(grown.error());
        out.dst = pages->data();
        out.size = pages->size();
    }
}

}  // namespace

Pages::Pages(Pages&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Pages& Pages::operator=(Pages&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

Pages::~Pages() {
    if (data_ != nullptr) ::munmap(data_, size_);
}

bool Pages::resize(std::size_t size) {
    void* moved = data_ == nullptr ? ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                   : ::mremap(data_, size_, size, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) return false;
    data_ = static_cast<std::uint8_t*>(moved);
    size_ = size;
    return true;
}

Packing packing_of(Bytes bytes) {
    using namespace std::string_view_literals;
    const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    if (text.starts_with("\x1f\x8b\x08"sv)) return Packing::gzip;
    if (text.starts_with("\xfd\x37\x7a\x58\x5a\x00"sv)) return Packing::xz;
    if (text.starts_with("\x28\xb5\x2f\xfd"sv)) return Packing::zstd;
    return Packing::none;
}

Expected<Pages> unpack(Bytes packed, std::uint64_t limit) {
    switch (packing_of(packed)) {
        case Packing::gzip: return unpack_gzip(packed, limit);
        case Packing::xz: return unpack_xz(packed, limit);
        case Packing::zstd: return unpack_zstd(packed, limit);
        case Packing::none: break;
    }
    return std::unexpected(Error{ErrorCode::unsupported, {}, "compressed by an unknown method"});
}

}  // namespace symline::base
