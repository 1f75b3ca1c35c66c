// A reader of little-endian bytes that are mostly LEB128 of one byte or two, as lists of inlined
// calls are. Like base::Cursor it never reads outside of its bytes, returns 0 once it would have
// to, and ok() is false from then on.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace symline::gsym {

class PackedCursor {
public:
    explicit PackedCursor(base::Bytes bytes)
        : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    bool ok() const { return !failed_; }
    bool at_end() const { return at_ == end_; }

    /// The next `count` bytes; null when there are fewer.
    const std::uint8_t* peek(std::uint64_t count) const { return room() < count ? nullptr : at_; }
    /// Moves to a place among the bytes that peek() gave, or right after them.
    void move_to(const std::uint8_t* at) { at_ = at; }
    void skip(std::uint64_t count) {
        if (count > room()) return fail();
        at_ += count;
    }
    std::uint8_t u8() {
        if (at_ == end_) return failed();
        return *at_++;
    }
    std::uint32_t u32() {
        if (room() < 4) return failed();
        const auto value = base::load<std::uint32_t>(at_, false);
        at_ += 4;
        return value;
    }
    std::uint64_t uleb() {
        if (room() < 2) return take_slowly();
        const std::uint32_t first = at_[0], second = at_[1];
        if (first < 0x80) return at_ += 1, first;
        if (second < 0x80) return at_ += 2, (first & 0x7f) | second << 7;
        return take_slowly();
    }
    std::int64_t sleb() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; at_ != end_;) {
            const std::uint8_t byte = *at_++;
            if (shift < 64) value |= std::uint64_t{byte & 0x7fU} << shift;
            shift += 7;
            if (byte >= 0x80) continue;
            if ((byte & 0x40) != 0 && shift < 64) value |= ~std::uint64_t{0} << shift;
            return static_cast<std::int64_t>(value);
        }
        return failed();
    }
    void skip_leb() {
        if (room() < 2) return static_cast<void>(take_slowly());
        if (at_[0] < 0x80) {
            at_ += 1;
        } else if (at_[1] < 0x80) {
            at_ += 2;
        } else {
            take_slowly();
        }
    }

private:
    std::uint64_t room() const { return static_cast<std::uint64_t>(end_ - at_); }
    void fail() {
        at_ = end_;
        failed_ = true;
    }
    std::uint8_t failed() {
        fail();
        return 0;
    }
    std::uint64_t take_slowly() {
        const LongNumber number = long_uleb(at_, end_);
        if (number.after == nullptr) return failed();
        at_ = number.after;
        return number.value;
    }

    struct LongNumber {
        std::uint64_t value;
        const std::uint8_t* after;  ///< null when the bytes end inside of it
    };
    /// For long numbers, and near the end of the bytes. Bits beyond 64 are dropped. It does not see
    /// the cursor, which can therefore stay in registers.
    [[gnu::noinline]] static LongNumber long_uleb(const std::uint8_t* at, const std::uint8_t* end) {
        std::uint64_t value = 0;
        for (unsigned shift = 0; at != end; shift += 7) {
            const std::uint8_t byte = *at++;
            if (shift < 64) value |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80) return {value, at};
        }
        return {0, nullptr};
    }

    const std::uint8_t* at_;
    const std::uint8_t* end_;
    bool failed_ = false;
};

}  // namespace symline::gsym
