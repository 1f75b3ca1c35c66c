// What was inlined into a function, as a GSYM record has it.
#pragma once

#include <cstdint>
#include <vector>

#include "elf/bytes.h"

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
    CallWalk(elf::Bytes bytes, std::uint64_t base, std::uint64_t address)
        : cursor_(bytes, false), base_(base), address_(address) {}

    /// Appends the calls that hold the address, outermost first. False for damage.
    bool run(std::vector<Call>& calls) {
        // The first entry is the function itself.
        if (!read_ranges() || cursor_.u8() == 0) return cursor_.ok();
        read_call();
        base_ = first_low_;
        while (cursor_.ok() && calls.size() <= kDeepest) {
            const bool inside = read_ranges();
            if (empty_) return true;
            const bool children = cursor_.u8() != 0;
            Call call = read_call();
            call.number = number_++;
            if (!inside) {
                if (children) skip_children();
                continue;
            }
            calls.push_back(call);
            base_ = first_low_;
            if (!children) return cursor_.ok();
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

    Call read_call() {
        Call call;
        call.name = cursor_.u32();
        call.file = static_cast<std::uint32_t>(cursor_.uleb());
        call.line = static_cast<std::uint32_t>(cursor_.uleb());
        return call;
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
            cursor_.skip(4);
            cursor_.skip_leb();
            cursor_.skip_leb();
            ++number_;
        }
    }

    elf::Cursor cursor_;
    std::uint64_t base_;
    std::uint64_t address_;
    std::uint64_t first_low_ = 0;
    std::uint32_t number_ = 0;
    bool empty_ = false;
};

}  // namespace symline::index
