// The inlined calls of a function, as a GSYM record stores them.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "base/bytes.h"
#include "gsym/gsym_format.h"
#include "gsym/packed_cursor.h"

namespace symline::gsym {

/// An inlined call: the function that was inlined, and its call site.
struct InlinedCall {
    std::uint32_t name = 0, file = 0, line = 0;
    std::uint32_t number = 0;  ///< in preorder, from 0
    std::uint32_t column = 0, discriminator = 0;
};

/// Reads a list of calls down the one path that holds an address.
class CallWalk {
public:
    /// `skips` says how to skip what is inside of some calls, see InlinesWriter::skips().
    CallWalk(base::Bytes bytes, base::Bytes skips, std::uint64_t base, std::uint64_t address)
        : cursor_(bytes), skips_(skips), base_(base), address_(address) {
        read_skip();
    }

    /// Appends the calls that hold the address, outermost first. False for damage.
    bool run(std::vector<InlinedCall>& calls) {
        // A local cursor stays in registers.
        PackedCursor cursor = cursor_;
        // The first entry is the function itself.
        Ranges ranges = read_ranges(cursor);
        if (cursor.u8() == 0) return cursor.ok();
        skip_call(cursor);
        base_ = ranges.low;
        while (cursor.ok() && calls.size() <= kMaxDepth) {
            pass_others(cursor);
            ranges = read_ranges(cursor);
            if (ranges.none) return true;
            const std::uint8_t children = cursor.u8();
            const std::uint32_t number = number_++;
            if (ranges.inside) {
                calls.push_back(read_call(cursor, number));
                base_ = ranges.low;
                if (children == 0) return cursor.ok();
                continue;
            }
            skip_call(cursor);
            if (children != 0) pass_children(cursor, children, number);
        }
        return false;
    }

private:
    /// inlined_at() reads the debug information as deep.
    static constexpr std::size_t kMaxDepth = 1024;

    /// The size of a common call without the numbers of its ranges: how many ranges there are,
    /// whether there are children, a name, and two numbers of two bytes.
    static constexpr std::uint64_t kCommonSize = 1 + 1 + 4 + 2 * 2;

    struct Ranges {
        std::uint64_t low = 0;  ///< of the first one
        bool none = false;
        bool inside = false;  ///< one of them holds the address
    };

    Ranges read_ranges(PackedCursor& cursor) const {
        const std::uint64_t count = cursor.uleb();
        Ranges ranges{.none = count == 0};
        for (std::uint64_t i = 0; i < count && cursor.ok(); ++i) {
            const std::uint64_t low = base_ + cursor.uleb();
            const std::uint64_t size = cursor.uleb();
            if (i == 0) ranges.low = low;
            ranges.inside = ranges.inside || address_ - low < size;
        }
        return ranges;
    }

    /// Passes the next calls that do not hold the address, as long as none of their numbers takes
    /// more than two bytes. run() alone gives the same answer, more slowly.
    void pass_others(PackedCursor& cursor) {
        while (const std::uint8_t* at = cursor.peek(1)) {
            const std::uint64_t ranges = *at++;
            const bool common =
                ranges != 0 && ranges < 0x80 && cursor.peek(kCommonSize + 4 * ranges) != nullptr;
            if (!common) return;
            std::uint32_t low = 0, size = 0;
            for (std::uint64_t i = 0; i < ranges; ++i) {
                if (!take_short(at, low) || !take_short(at, size)) return;
                if (address_ - base_ - low < size) return;
            }
            const std::uint8_t children = *at++;
            at += 4;
            if (!take_short(at, low) || !take_short(at, size)) return;
            cursor.move_to(at);
            const std::uint32_t number = number_++;
            if (children != 0) pass_children(cursor, children, number);
        }
    }

    /// A LEB128 of one byte or two. False for a longer one.
    static bool take_short(const std::uint8_t*& at, std::uint32_t& value) {
        value = *at++;
        if (value < 0x80) return true;
        value = (value & 0x7f) | std::uint32_t{*at} << 7;
        return *at++ < 0x80;
    }

    static InlinedCall read_call(PackedCursor& cursor, std::uint32_t number) {
        InlinedCall call;
        call.name = cursor.u32();
        call.file = static_cast<std::uint32_t>(cursor.uleb());
        call.line = static_cast<std::uint32_t>(cursor.uleb());
        call.number = number;
        return call;
    }

    static void skip_call(PackedCursor& cursor) {
        cursor.skip(4);
        cursor.skip_leb();
        cursor.skip_leb();
    }

    void read_skip() {
        if (skips_.at_end()) {
            skip_number_ = kNoSkip;
            return;
        }
        skip_number_ += skips_.uleb();
        skip_calls_ = skips_.uleb();
        skip_size_ = skips_.uleb();
    }

    void pass_children(PackedCursor& cursor, std::uint8_t flag, std::uint32_t of_call) {
        if (const std::uint32_t calls = flag >> kSkipSizeBits; calls != 0) {
            cursor.skip(calls * kMinCallSize + (flag & ((1U << kSkipSizeBits) - 1)));
            number_ += calls;
            return;
        }
        while (skip_number_ < of_call) read_skip();
        if (skip_number_ != of_call) {
            cursor = after_children(cursor);
            return;
        }
        cursor.skip(skip_size_);
        number_ += static_cast<std::uint32_t>(skip_calls_);
    }

    [[gnu::noinline]] PackedCursor after_children(PackedCursor cursor) {
        for (std::uint64_t open = 1; open > 0 && cursor.ok();) {
            const std::uint64_t ranges = cursor.uleb();
            if (ranges == 0) {
                --open;
                continue;
            }
            for (std::uint64_t i = 0; i < ranges && cursor.ok(); ++i) {
                cursor.skip_leb();
                cursor.skip_leb();
            }
            if (cursor.u8() != 0) ++open;
            skip_call(cursor);
            ++number_;
        }
        return cursor;
    }

    static constexpr std::uint64_t kNoSkip = std::numeric_limits<std::uint64_t>::max();

    PackedCursor cursor_, skips_;
    std::uint64_t base_;
    std::uint64_t address_;
    std::uint32_t number_ = 0;
    std::uint64_t skip_number_ = 0, skip_calls_ = 0, skip_size_ = 0;  ///< the next skip
};

}  // namespace symline::gsym
