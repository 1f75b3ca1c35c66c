#include "gsym/plain_file.h"

#include <algorithm>
#include <bit>

#include "gsym/gsym_format.h"

namespace symline::gsym {
namespace {

using base::Cursor;

/// A record has no size. The largest of libLLVM and of a kernel take 0.5 MB: what lies further from
/// a record's begin is not read for it, so that a lookup in a damaged file does not read all of it.
constexpr std::size_t kMaxRecordSize = std::size_t{4} << 20;

/// How many functions may begin at one address: llvm-gsymutil keeps one for each range of code.
constexpr std::uint32_t kMaxFunctionsAtAddress = 256;

std::unexpected<Error> damaged(const char* what) {
    return std::unexpected(Error{ErrorCode::malformed, {}, what});
}

/// Whether the file is of the other byte order; an error where it is no GSYM file that we know.
Expected<bool> is_big_endian(base::Bytes bytes) {
    if (bytes.size() < kHeaderSize) return damaged("too small for a GSYM file");
    const auto is = [&](bool big) {
        return base::load<std::uint32_t>(bytes.data(), big) == kMagic;
    };
    if (!is(false) && !is(true)) return damaged("not a GSYM file");
    const bool big = is(true);
    const auto version = base::load<std::uint16_t>(bytes.data() + 4, big);
    if (version == kVersion) return big;
    return std::unexpected(
        Error{ErrorCode::unsupported,
              {},
              "a GSYM file of version " + std::to_string(version) + ", which is not known"});
}

/// `size` bytes at `offset`, whole or none.
bool take(base::Bytes from, std::uint64_t offset, std::uint64_t size, base::Bytes& into) {
    if (offset > from.size() || size > from.size() - offset) return false;
    into = from.subspan(offset, size);
    return true;
}

}  // namespace

Expected<PlainFile> PlainFile::of(base::Bytes bytes) {
    const auto big = is_big_endian(bytes);
    if (!big) return std::unexpected(big.error());
    PlainFile file;
    file.big_endian_ = *big;
    Cursor cursor(bytes.first(kHeaderSize), *big, 6);
    file.width_ = cursor.u8();
    const std::size_t id_size = cursor.u8();
    file.base_ = cursor.u64();
    file.functions_ = cursor.u32();
    const std::uint32_t strings_at = cursor.u32(), strings_size = cursor.u32();
    if (!std::has_single_bit(file.width_) || file.width_ > 8 || id_size > kMaxBuildId) {
        return damaged("damaged GSYM header");
    }
    file.build_id_ = BuildId(std::as_bytes(cursor.rest().first(id_size)));
    if (auto read = file.read_tables(bytes, strings_at, strings_size); !read) {
        return std::unexpected(read.error());
    }
    return file;
}

Expected<void> PlainFile::read_tables(base::Bytes bytes, std::uint64_t strings_at,
                                      std::uint64_t strings_size) {
    bytes_ = bytes;
    const std::uint64_t addresses_size = std::uint64_t{functions_} * width_;
    const std::uint64_t records_at = (kHeaderSize + addresses_size + 3) & ~std::uint64_t{3};
    const std::uint64_t files_at = records_at + 4 * std::uint64_t{functions_};
    const std::uint64_t file_count = Cursor(bytes, big_endian_, files_at).u32();
    const bool whole = take(bytes, kHeaderSize, addresses_size, addresses_) &&
                       take(bytes, records_at, 4 * std::uint64_t{functions_}, records_) &&
                       take(bytes, files_at + 4, 8 * file_count, files_) &&
                       take(bytes, strings_at, strings_size, strings_);
    if (!whole) return damaged("truncated or damaged GSYM tables");
    return {};
}

std::uint64_t PlainFile::offset_of(std::uint32_t function) const {
    return Cursor(addresses_, big_endian_, std::uint64_t{function} * width_).word(width_);
}

/// What begins with the record; fewer than 8 bytes for damage.
base::Bytes PlainFile::record_of(std::uint32_t function) const {
    const base::Bytes all =
        base::tail(bytes_, Cursor(records_, big_endian_, 4 * std::uint64_t{function}).u32());
    return all.first(std::min(all.size(), kMaxRecordSize));
}

std::string_view PlainFile::name_of(std::uint32_t function) const {
    return string(Cursor(record_of(function), big_endian_, 4).u32());
}

/// The first function at or after an offset from the base.
std::uint32_t PlainFile::first_from(std::uint64_t offset) const {
    std::uint32_t low = 0, high = functions_;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        if (offset_of(middle) < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

Expected<PlainFile::Function> PlainFile::function_at(std::uint64_t address) const {
    if (address < base_ || functions_ == 0) return Function{};
    std::uint32_t next = first_from(address - base_);
    if (next == functions_ || offset_of(next) != address - base_) {
        if (next == 0) return Function{};
        next = first_from(offset_of(next - 1));
    }
    // Those that begin at one address stand one after the other, the one that says most in front.
    const std::uint64_t low = base_ + offset_of(next);
    for (std::uint32_t i = 0; i < kMaxFunctionsAtAddress && next < functions_; ++i, ++next) {
        if (base_ + offset_of(next) != low) break;
        const base::Bytes record = record_of(next);
        if (record.size() < 8) return damaged("damaged GSYM table of functions");
        const auto size = base::load<std::uint32_t>(record.data(), big_endian_);
        // Of a symbol without a size, what follows it belongs to it up to the next function.
        if (size == 0 || address - low < size) return Function{low, record};
    }
    return Function{};
}

Expected<PlainFile::FilePath> PlainFile::path(std::uint32_t file) const {
    Cursor cursor(files_, big_endian_, 8 * std::uint64_t{file});
    const std::uint32_t directory = cursor.u32(), name = cursor.u32();
    if (!cursor.ok()) return damaged("damaged GSYM file numbers");
    return FilePath{string(directory), string(name), directory == 0 && name == 0};
}

}  // namespace symline::gsym
