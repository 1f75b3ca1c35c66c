#include "process/corefile/compressed_core.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/sparse_file.h"
#include "find/package/archive_library.h"

namespace symline::process {
namespace {

using namespace std::literals;

constexpr std::array kMagics{"\x28\xb5\x2f\xfd"sv, "\x04\x22\x4d\x18"sv,
                             "\xfd"
                             "7zXZ\0"sv,
                             "\x1f\x8b"sv};
/// zstd makes 4 bytes of 128 KB that are equal, but memory in use is no such thing. Zeros do not
/// count: they take no room.
constexpr std::uint64_t kMaxRatio = 500;

/// False where the first bytes are those of no core or dump: the rest is not unpacked then.
bool may_be_core(std::span<const std::uint8_t> begin) {
    constexpr std::array kDumps{"KDUMP   "sv, "makedumpfile\0"sv};
    const std::string_view text(reinterpret_cast<const char*>(begin.data()), begin.size());
    if (std::ranges::any_of(kDumps, [&](auto magic) { return text.starts_with(magic); })) {
        return true;
    }
    constexpr std::size_t kData = 5, kType = 16, kHeader = 18;
    constexpr std::uint8_t kBigEndian = 2;  // ELFDATA2MSB
    constexpr std::uint16_t kCore = 4;      // ET_CORE
    if (!text.starts_with("\x7f"
                          "ELF"sv) ||
        text.size() < kHeader)
        return false;
    const bool big_endian = begin[kData] == kBigEndian;
    return base::load<std::uint16_t>(begin.data() + kType, big_endian) == kCore;
}

/// Unpacks all of it; of a file that is cut short, what is there.
std::optional<std::string> unpack(const find::ArchiveLibrary& library,
                                  const base::RegularFile& file, base::SparseFile& unpacked) {
    const auto archive = find::new_archive(library);
    library.support_filters(archive.get());
    library.support_format_raw(archive.get());
    archive_entry* entry = nullptr;
    constexpr std::size_t kBlock = std::size_t{1} << 16;
    if (library.open_descriptor(archive.get(), file.descriptor(), kBlock) != ARCHIVE_OK ||
        library.next_header(archive.get(), &entry) != ARCHIVE_OK) {
        const char* reason = library.error_string(archive.get());
        return reason == nullptr ? "damaged" : reason;
    }
    constexpr std::size_t kRoom = std::size_t{1} << 20;
    const auto buffer = std::make_unique<std::uint8_t[]>(kRoom);
    for (bool first = true;; first = false) {
        const auto count = library.data(archive.get(), buffer.get(), kRoom);
        if (count <= 0) return std::nullopt;
        const std::span<const std::uint8_t> begin(buffer.get(), static_cast<std::size_t>(count));
        if (first && !may_be_core(begin)) {
            // Who reads it says what it is instead.
            return unpacked.append(begin.first(std::min<std::size_t>(count, 4096)));
        }
        if (auto problem = unpacked.append({buffer.get(), static_cast<std::size_t>(count)})) {
            return problem;
        }
    }
}

}  // namespace

bool is_compressed(const base::RegularFile& file) {
    std::array<std::uint8_t, 8> begin{};
    return file.read(0, begin) && std::ranges::any_of(kMagics, [&](std::string_view magic) {
               return std::memcmp(begin.data(), magic.data(), magic.size()) == 0;
           });
}

std::optional<std::string> unpack_core(const base::RegularFile& file, base::SparseFile& into) {
    const auto library = find::ArchiveLibrary::load();
    if (!library) return library.error().message;
    auto problem = into.open();
    into.limit({file.size(), kMaxRatio});
    if (!problem) problem = unpack(**library, file, into);
    if (!problem) problem = into.finish();
    if (problem) problem = "cannot unpack it: " + *problem;
    return problem;
}

Expected<base::PagedFile> decompress_core(const std::string& path, const base::RegularFile& file) {
    const auto failure = [&](std::string message) {
        return std::unexpected(Error{ErrorCode::unreadable, path, std::move(message)});
    };
    base::SparseFile unpacked;
    if (auto problem = unpack_core(file, unpacked)) return failure(std::move(*problem));
    auto core = base::PagedFile::open(unpacked.path());
    if (!core) return failure("cannot unpack it: " + core.error().message);
    return core;
}

}  // namespace symline::process
