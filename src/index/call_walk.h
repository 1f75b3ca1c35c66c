// What was inlined into a function, as a GSYM record has it.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "elf/bytes.h"
#include "index/gsym_format.h"
#include "index/packed_cursor.h"

namespace symline::index {

/// A function that was inlined, and where it is called.
struct Call {
    std::uint32_t name = 0, file = 0, line = 0;
    std::uint32_t number = 0;  ///< in preorder, from 0
    std::uint32_t column = 0, discriminator = 0;
};

/// Reads a list of calls down the one path that holds an address.
class CallWalk {
public:
    /// `skips` says how to pass over what is inside of some calls, see InlinesWriter::skips().
    CallWalk(elf::Bytes bytes, elf::Bytes skips, std::uint64_t base, std::uint64_t address)
        : cursor_(bytes), skips_(skips), base_(base), address_(address) {
        read_skip();
    }

    /// Appends the calls that hold the address, outermost first. False for damage.
    bool run(std::vector<Call>& calls) {
        // The first entry is the function itself.
        if (!read_ranges() || cursor_.u8() == 0) return cursor_.ok();
        skip_call();
        base_ = first_low_;
        while (cursor_.ok() && calls.size() <= kDeepest) {
            const bool inside = read_ranges();
            if (empty_) return true;
            const std::uint8_t children = cursor_.u8();
            const std::uint32_t number = number_++;
            if (inside) {
                calls.push_back(read_call(number));
                base_ = first_low_;
                if (children == 0) return cursor_.ok();
                continue;
            }
            skip_call();
            if (children != 0) pass_children(children, number);
        }
        return false;
    }

private:
    /// As deep as the debug information is read.
    static constexpr std::size_t kDeepest = 1024;

    /// True when one of the ranges holds the address.
    bool read_ranges() {
        const std::uint64_t count = cursor_.uleb();
        empty_ = count == 0;
        bool inside = false;
        for (std::uint64_t i = 0; i < count && cursor_.ok(); ++i) {
            const std::uint64_t low = base_ + cursor_.uleb();
            const std::uint64_t size = cursor_.uleb();
            if (i == 0) first_low_ = low;
            inside = inside || address_ - low < size;
        }
        return inside;
    }

    Call read_call(std::uint32_t number) {
        Call call;
        call.name = cursor_.u32();
        call.file = static_cast<std::uint32_t>(cursor_.uleb());
        call.line = static_cast<std::uint32_t>(cursor_.uleb());
        call.number = number;
        return call;
    }

    void skip_call() {
        cursor_.skip(4);
        cursor_.skip_leb();
        cursor_.skip_leb();
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

    void pass_children(std::uint8_t flag, std::uint32_t of_call) {
        if (const std::uint32_t calls = flag >> kSkipSizeBits; calls != 0) {
            cursor_.skip(calls * kShortestCall + (flag & ((1U << kSkipSizeBits) - 1)));
            number_ += calls;
            return;
        }
        while (skip_number_ < of_call) read_skip();
        if (skip_number_ != of_call) return skip_children();
        cursor_.skip(skip_size_);
        number_ += static_cast<std::uint32_t>(skip_calls_);
    }

    void skip_children() {
        for (std::uint64_t open = 1; open > 0 && cursor_.ok();) {
            const std::uint64_t ranges = cursor_.uleb();
            if (ranges == 0) {
                --open;
                continue;
            }
            for (std::uint64_t i = 0; i < ranges && cursor_.ok(); ++i) {
                cursor_.skip_leb();
                cursor_.skip_leb();
            }
            if (cursor_.u8() != 0) ++open;
            skip_call();
            ++number_;
        }
    }

    static constexpr std::uint64_t kNoSkip = std::numeric_limits<std::uint64_t>::max();

    PackedCursor cursor_, skips_;
    std::uint64_t base_;
    std::uint64_t address_;
    std::uint64_t first_low_ = 0;
    std::uint32_t number_ = 0;
    bool empty_ = false;
    std::uint64_t skip_number_ = 0, skip_calls_ = 0, skip_size_ = 0;  ///< the next skip
};

}  // namespace symline::index
