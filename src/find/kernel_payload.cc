#include "find/kernel_payload.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "elf/compression.h"
#include "find/image_bytes.h"
#include "find/package/archive_library.h"

namespace symline::find {
namespace {

using base::Bytes;
using namespace std::string_view_literals;

/// More than any header below has.
constexpr std::size_t kMaxHeader = 64;

/// No reserved flags, and a level as gzip writes it.
bool is_gzip(Bytes header) {
    return (header[3] & 0xe0) == 0 && (header[8] == 0 || header[8] == 2 || header[8] == 4);
}

/// The checksum tells a stream from the magic number in a decompressor.
bool is_xz(Bytes header) {
    return elf::crc32(header.subspan(6, 2)) == base::load<std::uint32_t>(header.data() + 8, false);
}

bool is_bzip2(Bytes header) {
    constexpr auto kFirstBlock = "1AY&SY"sv;
    return header[3] >= '1' && header[3] <= '9' &&
           text_of(header.subspan(4)).starts_with(kFirstBlock);
}

/// A dictionary of 2^n or 3 * 2^n bytes, a size that is unknown or a kernel's, and the 0 that each
/// range coder starts with.
bool is_lzma(Bytes header) {
    const auto dictionary = base::load<std::uint32_t>(header.data() + 1, false);
    const auto size = base::load<std::uint64_t>(header.data() + 5, false);
    constexpr std::uint32_t kMinDictionary = 4096;
    const bool round = std::has_single_bit(dictionary) ||
                       (dictionary % 3 == 0 && std::has_single_bit(dictionary / 3));
    return dictionary >= kMinDictionary && round && header[13] == 0 &&
           (size == ~std::uint64_t{0} || (size > 0 && size <= base::kMaxUnpackedSize));
}

/// LZ4_COMPRESSBOUND of the 8 MB that each block of a legacy stream holds.
constexpr std::uint32_t kMaxLz4Block = (8U << 20) + (8U << 20) / 255 + 16;

bool is_legacy_lz4(Bytes header) {
    const auto block = base::load<std::uint32_t>(header.data() + 4, false);
    return block > 0 && block <= kMaxLz4Block;
}

/// Version 1, no reserved bit.
bool is_lz4_frame(Bytes header) {
    return (header[4] & 0xc2) == 0x40 && (header[5] & 0x8f) == 0;
}

bool is_zstd(Bytes header) {
    return (header[4] & 0x08) == 0;
}

/// lzop has written versions 0.9 to 1.x.
bool is_lzo(Bytes header) {
    return header[9] == 0x10 || header[9] == 0x09;
}

struct Method {
    std::string_view magic;
    std::string_view name;
    bool (*valid)(Bytes header);
};
constexpr Method kMethods[] = {{"\x1f\x8b\x08"sv, "gzip", is_gzip},
                               {"\xfd\x37\x7a\x58\x5a\x00"sv, "xz", is_xz},
                               {"BZh"sv, "bzip2", is_bzip2},
                               {"\x5d\x00\x00"sv, "lzma", is_lzma},
                               {"\x02\x21\x4c\x18"sv, "lz4", is_legacy_lz4},
                               {"\x04\x22\x4d\x18"sv, "lz4", is_lz4_frame},
                               {"\x28\xb5\x2f\xfd"sv, "zstd", is_zstd},
                               {"\x89LZO\x00\r\n\x1a\n"sv, "lzo", is_lzo}};

/// The bytes that a header may have; zeros after a short stream.
bool starts(const Method& method, Bytes stream) {
    if (!text_of(stream).starts_with(method.magic)) return false;
    std::array<std::uint8_t, kMaxHeader> header{};
    std::ranges::copy(stream.first(std::min(stream.size(), kMaxHeader)), header.begin());
    return method.valid(header);
}

/// A legacy stream has no end mark. In a kernel image four bytes with the unpacked size follow:
/// libarchive takes them for the next block and then loses the last one.
Bytes legacy_lz4_stream(Bytes stream) {
    constexpr std::size_t kWord = 4;
    std::size_t end = kWord;
    while (stream.size() - end > kWord) {
        const auto block = base::load<std::uint32_t>(stream.data() + end, false);
        if (block == 0 || block > kMaxLz4Block || block > stream.size() - end - kWord) break;
        end += kWord + block;
    }
    return stream.first(end);
}

std::unexpected<Error> unsupported(std::string_view method) {
    return std::unexpected(Error{ErrorCode::unsupported,
                                 {},
                                 "decompression of " + std::string(method) + " is not supported"});
}

std::unexpected<Error> damaged() {
    return std::unexpected(Error{ErrorCode::malformed, {}, "compressed data is damaged"});
}

Expected<void> grow(base::Pages& pages, std::uint64_t limit) {
    const auto larger = std::min<std::uint64_t>(pages.size() * 2, limit);
    if (larger <= pages.size()) {
        return std::unexpected(
            Error{ErrorCode::unsupported,
                  {},
                  "larger than " + std::to_string(limit >> 20) + " MB when decompressed"});
    }
    if (pages.resize(larger)) return {};
    return std::unexpected(Error{ErrorCode::unreadable, {}, "not enough memory to decompress it"});
}

/// ARCHIVE_OK, or another number where libarchive was built without the method: it would then start
/// a program of that name.
int support_filter(const ArchiveLibrary& use, archive* reader, std::string_view method) {
    if (method == "bzip2") return use.support_filter_bzip2(reader);
    if (method == "lzma") return use.support_filter_lzma(reader);
    if (method == "lz4") return use.support_filter_lz4(reader);
    return ARCHIVE_FATAL;
}

/// What libarchive makes of bzip2, lzma and lz4, which base/unpack.h does not have. What came
/// before an error counts, because other bytes follow the stream.
Expected<base::Pages> unpack_by_library(Bytes packed, std::string_view method,
                                        std::uint64_t limit) {
    const auto library = ArchiveLibrary::load();
    if (!library) return std::unexpected(library.error());
    const ArchiveLibrary& use = **library;
    const auto reader = new_archive(use);
    if (support_filter(use, reader.get(), method) != ARCHIVE_OK) return unsupported(method);
    use.support_format_raw(reader.get());
    archive_entry* entry = nullptr;
    base::Pages pages;
    // Without a filter the "raw" format would hand out the packed bytes.
    if (use.open_memory(reader.get(), packed.data(), packed.size()) != ARCHIVE_OK ||
        use.next_header(reader.get(), &entry) != ARCHIVE_OK ||
        use.filter_code(reader.get(), 0) == ARCHIVE_FILTER_NONE ||
        !pages.resize(std::clamp<std::uint64_t>(packed.size() * 4, 65536, limit))) {
        return damaged();
    }
    std::size_t size = 0;
    for (;;) {
        if (size == pages.size()) {
            if (auto grown = grow(pages, limit); !grown) return std::unexpected(grown.error());
        }
        const auto read = use.data(reader.get(), pages.data() + size, pages.size() - size);
        if (read <= 0) break;
        size += static_cast<std::size_t>(read);
    }
    if (size == 0 || !pages.resize(size)) return damaged();
    return pages;
}

}  // namespace

std::string_view packing_method(Bytes stream) {
    for (const Method& method : kMethods) {
        if (starts(method, stream)) return method.name;
    }
    return {};
}

Expected<base::Pages> unpack_stream(Bytes stream, std::uint64_t limit) {
    if (base::packing_of(stream) != base::Packing::none) return base::unpack(stream, limit);
    const auto method = packing_method(stream);
    if (method.empty() || method == "lzo") {
        return unsupported(method.empty() ? "an unknown method" : method);
    }
    const bool legacy = text_of(stream).starts_with("\x02\x21\x4c\x18"sv);
    return unpack_by_library(legacy ? legacy_lz4_stream(stream) : stream, method, limit);
}

std::vector<std::size_t> packed_streams(Bytes file) {
    constexpr std::size_t kMaxStreams = 16;
    const auto text = text_of(file);
    std::vector<std::size_t> found;
    for (const Method& method : kMethods) {
        std::size_t count = 0;
        for (auto at = text.find(method.magic); at != std::string_view::npos && count < kMaxStreams;
             at = text.find(method.magic, at + 1)) {
            if (!starts(method, file.subspan(at))) continue;
            found.push_back(at);
            ++count;
        }
    }
    std::ranges::sort(found);
    if (found.size() > kMaxStreams) found.resize(kMaxStreams);
    return found;
}

}  // namespace symline::find
