#include "gsym/gsym_file.h"

#include <algorithm>
#include <bit>

#include "elf/compression.h"

namespace symline::gsym {
namespace {

using base::Cursor;

std::unexpected<Error> refuse(ErrorCode code, const char* message) {
    return std::unexpected(Error{code, {}, message});
}

/// How many of `count` sorted entries `before(index)` is true for: those at the front.
template <typename Before>
std::uint64_t partition_point(std::uint64_t count, const Before& before) {
    std::uint64_t low = 0, high = count;
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        if (before(middle)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

}  // namespace

Expected<GsymFile> GsymFile::of(base::Bytes bytes, const BuildId& build_id,
                                std::uint64_t placement) {
    GsymFile file;
    if (auto read = file.read_footer(bytes, placement); !read) {
        return std::unexpected(read.error());
    }
    if (auto read = file.read_header(build_id); !read) return std::unexpected(read.error());
    return file;
}

Expected<void> GsymFile::read_footer(base::Bytes bytes, std::uint64_t placement) {
    if (bytes.size() < kHeaderSize + kFooterSize) return refuse(ErrorCode::malformed, "damaged");
    const std::uint64_t at = bytes.size() - kFooterSize;
    const base::Bytes footer = bytes.subspan(at);
    if (!std::ranges::equal(footer.first(kFooterMagic.size()), kFooterMagic)) {
        return refuse(ErrorCode::unsupported, "damaged, or made by another program");
    }
    Cursor cursor(footer, false, kFooterMagic.size());
    if (cursor.u32() != kFooterVersion) {
        return refuse(ErrorCode::unsupported, "made by another version");
    }
    flags_ = cursor.u32();
    const std::uint64_t placed = cursor.u64();
    origin_.code_sum = cursor.u64();
    origin_.debug_sum = cursor.u64();
    origin_.debug_size = cursor.u64();
    origin_.debug_changed = static_cast<std::int64_t>(cursor.u64());
    for (std::uint64_t& part : parts_) part = cursor.u64();
    const std::uint64_t size = cursor.u64();
    const std::uint32_t sums_crc = cursor.u32();
    if (elf::crc32(footer.first(kFooterSize - 4)) != cursor.u32() || size != bytes.size() ||
        !std::ranges::is_sorted(parts_) || parts_.back() > at) {
        return refuse(ErrorCode::malformed, "damaged");
    }
    const auto sums = bytes.subspan(part(Part::checksums), at - part(Part::checksums));
    if (elf::crc32(sums) != sums_crc) return refuse(ErrorCode::malformed, "damaged");
    if (placed != placement) {
        return refuse(ErrorCode::mismatch, "made from a file with its code at other addresses");
    }
    bytes_ = CheckedBytes(bytes.first(part(Part::checksums)), sums);
    return {};
}

Expected<void> GsymFile::read_header(const BuildId& build_id) {
    const base::Bytes header = bytes_.at(0, kHeaderSize);
    Cursor cursor(header, false);
    const bool known = cursor.u32() == kMagic && cursor.u16() == kVersion;
    width_ = cursor.u8();
    const std::size_t id_size = cursor.u8();
    base_ = cursor.u64();
    function_count_ = cursor.u32();
    strings_at_ = cursor.u32();
    strings_end_ = strings_at_ + cursor.u32();
    const auto id = std::as_bytes(base::tail(header, cursor.offset()));
    if (!known || id_size > id.size() || !std::has_single_bit(width_) || width_ > 8)
        return refuse(ErrorCode::malformed, "damaged");
    if (!std::ranges::equal(id.first(id_size), build_id.bytes())) {
        return refuse(ErrorCode::mismatch, "made from a file of another build id");
    }
    const auto align = [](std::uint64_t value) { return (value + 3) & ~std::uint64_t{3}; };
    info_offsets_at_ = align(kHeaderSize + std::uint64_t{function_count_} * width_);
    const std::uint64_t file_table = info_offsets_at_ + 4 * std::uint64_t{function_count_};
    file_count_ = static_cast<std::uint32_t>(bytes_.word(file_table, 4));
    files_at_ = file_table + 4;
    const std::uint64_t files_end = files_at_ + 8 * std::uint64_t{file_count_};
    if (bytes_.damaged() || files_end > strings_at_ || strings_end_ > bytes_.size()) {
        return refuse(ErrorCode::malformed, "damaged");
    }
    return {};
}

IndexOrigin GsymFile::origin() {
    IndexOrigin origin = origin_;
    const std::uint64_t begin = part(Part::debug_path), size = part(Part::checksums) - begin;
    if (size == 0) return origin;
    // Zero bytes fill it up to the next part.
    const base::Bytes bytes = bytes_.at(begin, size);
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    origin.debug_path = text.substr(0, text.find('\0'));
    return origin;
}

base::Bytes GsymFile::record(std::uint32_t function) {
    const std::uint64_t index = info_offsets_at_ + 4 * std::uint64_t{function};
    std::uint64_t begin = 0, end = part(Part::prefixes);
    if (function + 1 == function_count_) {
        begin = bytes_.number<std::uint32_t>(index);
    } else {
        // Its own offset and the next one's are checked at once.
        const auto both = bytes_.number<std::uint64_t>(index);
        begin = both & UINT32_MAX;
        end = both >> 32;
    }
    if (begin <= end) return bytes_.at(begin, end - begin);
    bytes_.note_damage();
    return {};
}

GsymFile::FunctionNames GsymFile::names(std::uint32_t offset) {
    const std::uint64_t begin = part(Part::name_pairs);
    const std::uint64_t count = (part(Part::gaps) - begin) / 8;
    const std::uint64_t pair =
        begin + 8 * partition_point(count, [&](std::uint64_t middle) {
                    return bytes_.number<std::uint32_t>(begin + 8 * middle) < offset;
                });
    const bool both = pair < begin + 8 * count && bytes_.number<std::uint32_t>(pair) == offset;
    if (!both) return {string(offset), {}};
    return {string(bytes_.number<std::uint32_t>(pair + 4)), string(offset)};
}

GsymFile::FilePath GsymFile::path(std::uint32_t file) {
    const std::uint64_t entry = files_at_ + 8 * std::uint64_t{file};
    return {.directory = string(bytes_.number<std::uint32_t>(entry)),
            .name = string(bytes_.number<std::uint32_t>(entry + 4)),
            .prefix = bytes_.number<std::uint32_t>(part(Part::prefixes) + 4 * std::uint64_t{file})};
}

bool GsymFile::in_gap(std::uint64_t address) {
    const std::uint64_t begin = part(Part::gaps);
    const std::uint64_t count = (part(Part::debug_path) - begin) / 16;
    const std::uint64_t after = partition_point(count, [&](std::uint64_t middle) {
        return bytes_.word(begin + 16 * middle, 8) <= address;
    });
    return after != 0 && address < bytes_.word(begin + 16 * after - 8, 8);
}

}  // namespace symline::gsym
