// Bytes of a file, and a bounds-checked reader over them.
//
// A Cursor never reads outside of its bytes: a read that would do so returns 0, moves to the end
// and makes ok() false from then on, so that a parser may check once after a group of reads.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace symline::base {

using Bytes = std::span<const std::uint8_t>;

/// The part of `bytes` that starts at `offset`; empty when the offset lies beyond the end.
inline Bytes tail(Bytes bytes, std::uint64_t offset) {
    return offset <= bytes.size() ? bytes.subspan(offset) : Bytes{};
}

/// Longer names are damage: the longest of Debian's C++ libraries have a few 10,000 bytes. Without
/// a limit, one string of many MB that every symbol names would be measured once for each of them.
constexpr std::size_t kMaxStringSize = std::size_t{1} << 18;

/// The NUL-terminated string at `offset`; empty when it lies outside or has no end.
inline std::string_view string_at(Bytes bytes, std::uint64_t offset) {
    if (offset >= bytes.size()) return {};
    const auto* begin = reinterpret_cast<const char*>(bytes.data()) + offset;
    const std::size_t room = std::min<std::uint64_t>(bytes.size() - offset, kMaxStringSize);
    const auto* end = static_cast<const char*>(std::memchr(begin, 0, room));
    return end == nullptr ? std::string_view{} : std::string_view{begin, end};
}

inline std::uint16_t swap_bytes(std::uint16_t v) {
    return __builtin_bswap16(v);
}
inline std::uint32_t swap_bytes(std::uint32_t v) {
    return __builtin_bswap32(v);
}
inline std::uint64_t swap_bytes(std::uint64_t v) {
    return __builtin_bswap64(v);
}

/// An unsigned integer at `from`, which must hold sizeof(T) bytes.
template <typename T>
T load(const std::uint8_t* from, bool big_endian) {
    T value;
    std::memcpy(&value, from, sizeof value);
    if constexpr (sizeof(T) > 1) {
        if (big_endian != (std::endian::native == std::endian::big)) value = swap_bytes(value);
    }
    return value;
}

class Cursor {
public:
    Cursor(Bytes bytes, bool big_endian, std::uint64_t offset = 0)
        : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()), big_endian_(big_endian) {
        seek(offset);
    }

    bool ok() const { return !failed_; }
    bool at_end() const { return at_ == end_; }
    std::uint64_t offset() const { return static_cast<std::uint64_t>(at_ - begin_); }
    std::uint64_t remaining() const { return static_cast<std::uint64_t>(end_ - at_); }
    bool big_endian() const { return big_endian_; }
    /// What is still to be read.
    Bytes rest() const { return {at_, end_}; }
    /// Bytes this far ahead will be read soon.
    void prefetch(std::size_t ahead) const { __builtin_prefetch(at_ + ahead); }

    void fail() {
        at_ = end_;
        failed_ = true;
    }
    void seek(std::uint64_t offset) {
        if (offset > static_cast<std::uint64_t>(end_ - begin_)) return fail();
        at_ = begin_ + offset;
    }
    void skip(std::uint64_t count) {
        if (count > remaining()) return fail();
        at_ += count;
    }
    /// Nothing at or beyond `offset` (from the start of the bytes) shall be read any more.
    void limit(std::uint64_t offset) {
        if (offset < static_cast<std::uint64_t>(end_ - begin_)) end_ = begin_ + offset;
        if (at_ > end_) fail();
    }

    std::uint8_t u8() { return fixed<std::uint8_t>(); }
    std::uint16_t u16() { return fixed<std::uint16_t>(); }
    std::uint32_t u32() { return fixed<std::uint32_t>(); }
    std::uint64_t u64() { return fixed<std::uint64_t>(); }
    std::uint32_t u24() {
        if (remaining() < 3) return fail<std::uint32_t>();
        const std::uint32_t a = at_[0], b = at_[1], c = at_[2];
        at_ += 3;
        return big_endian_ ? (a << 16) | (b << 8) | c : (c << 16) | (b << 8) | a;
    }
    /// An unsigned integer of 1, 2, 4 or 8 bytes; another size fails.
    std::uint64_t word(unsigned size) {
        switch (size) {
            case 1: return u8();
            case 2: return u16();
            case 4: return u32();
            case 8: return u64();
            default: return fail<std::uint64_t>();
        }
    }
    /// LEB128 (DWARF 5 section 7.6). Bits beyond 64 are dropped.
    std::uint64_t uleb() {
        if (at_ != end_ && *at_ < 0x80) return *at_++;
        // By value: a reader whose address nobody has can stay in registers.
        const LongUleb found = long_uleb(at_, end_);
        at_ = found.after;
        failed_ = failed_ || !found.ended;
        return found.value;
    }
    struct Pair {
        std::uint64_t first = 0, second = 0;
    };
    /// Two ULEB128, fast where both take one byte.
    Pair uleb_pair() {
        if (remaining() >= 2 && (at_[0] | at_[1]) < 0x80) {
            at_ += 2;
            return {at_[-2], at_[-1]};
        }
        const std::uint64_t first = uleb();
        return {first, uleb()};
    }
    std::int64_t sleb() {
        std::uint64_t value = 0;
        unsigned shift = 0;
        while (at_ != end_) {
            const std::uint8_t byte = *at_++;
            if (shift < 64) value |= std::uint64_t{byte & 0x7fU} << shift;
            shift += 7;
            if (byte < 0x80) {
                if ((byte & 0x40) != 0 && shift < 64) value |= ~std::uint64_t{0} << shift;
                return static_cast<std::int64_t>(value);
            }
        }
        return fail<std::int64_t>();
    }
    void skip_leb() {
        while (at_ != end_) {
            if (*at_++ < 0x80) return;
        }
        fail();
    }
    std::string_view string() {
        const auto* end = static_cast<const std::uint8_t*>(
            at_ == end_ ? nullptr : std::memchr(at_, 0, remaining()));
        if (end == nullptr) return fail<std::string_view>();
        const std::string_view text{reinterpret_cast<const char*>(at_),
                                    static_cast<std::size_t>(end - at_)};
        at_ = end + 1;
        return text;
    }

private:
    /// What a read that failed gives.
    template <typename T>
    T fail() {
        fail();
        return T{};
    }
    template <typename T>
    T fixed() {
        if (remaining() < sizeof(T)) return fail<T>();
        const T value = load<T>(at_, big_endian_);
        at_ += sizeof(T);
        return value;
    }
    struct LongUleb {
        std::uint64_t value;
        const std::uint8_t* after;
        bool ended;
    };
    [[gnu::noinline]] static LongUleb long_uleb(const std::uint8_t* at, const std::uint8_t* end) {
        std::uint64_t value = 0;
        unsigned shift = 0;
        while (at != end) {
            const std::uint8_t byte = *at++;
            if (shift < 64) value |= std::uint64_t{byte & 0x7fU} << shift;
            shift += 7;
            if (byte < 0x80) return {value, at, true};
        }
        return {0, end, false};
    }

    const std::uint8_t* begin_;
    const std::uint8_t* at_;
    const std::uint8_t* end_;
    bool big_endian_;
    bool failed_ = false;
};

}  // namespace symline::base
