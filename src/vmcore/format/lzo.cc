// LZO1X: bytes as they are, and copies of earlier ones; described in the kernel's
// Documentation/staging/lzo.rst, whose words are used here.
#include <algorithm>

#include "vmcore/format/page_compression.h"

namespace symline::vmcore {
namespace {

class Lzo {
public:
    Lzo(std::span<const std::uint8_t> from, std::span<std::uint8_t> to) : from_(from), to_(to) {}

    bool run() {
        const unsigned first = byte();
        if (first >= 22) {
            literals(first - 17);
            state_ = 4;
        } else if (first >= 18) {
            literals(first - 17);
            state_ = first - 17;
        } else {
            instruction(first);
        }
        while (good_ && !ended_) instruction(byte());
        return good_ && read_ == from_.size() && written_ == to_.size();
    }

private:
    unsigned byte() {
        if (read_ < from_.size()) return from_[read_++];
        good_ = false;
        return 0;
    }
    std::size_t little_endian_16() {
        const unsigned low = byte();
        return low | (byte() << 8);
    }
    /// Zero bytes add 255 each.
    std::size_t length(std::size_t bits, std::size_t mask) {
        if (bits != 0) return bits;
        std::size_t more = mask;
        unsigned last = byte();
        for (; good_ && last == 0; last = byte()) more += 255;
        return more + last;
    }
    void literals(std::size_t count) {
        if (count > from_.size() - read_ || count > to_.size() - written_) {
            good_ = false;
            return;
        }
        std::copy_n(from_.begin() + static_cast<std::ptrdiff_t>(read_), count,
                    to_.begin() + static_cast<std::ptrdiff_t>(written_));
        read_ += count;
        written_ += count;
    }
    /// Source and target may overlap, and then repeat.
    void copy(std::size_t distance, std::size_t count) {
        if (!good_ || distance == 0 || distance > written_ || count > to_.size() - written_) {
            good_ = false;
            return;
        }
        for (; count > 0; --count, ++written_) to_[written_] = to_[written_ - distance];
    }
    void copy_and_literals(std::size_t distance, std::size_t count, std::size_t following) {
        copy(distance, count);
        if (good_) literals(following);
        state_ = following;
    }

    void instruction(unsigned code) {
        if (!good_) return;
        if (code >= 64) {
            const std::size_t distance = (std::size_t{byte()} << 3) + ((code >> 2) & 7) + 1;
            copy_and_literals(distance, (code >> 5) + 1, code & 3);
        } else if (code >= 32) {
            const std::size_t count = length(code & 31, 31) + 2;
            const std::size_t rest = little_endian_16();
            copy_and_literals((rest >> 2) + 1, count, rest & 3);
        } else if (code >= 16) {
            far_copy(code);
        } else {
            small_instruction(code);
        }
    }

    void far_copy(unsigned code) {
        const std::size_t count = length(code & 7, 7) + 2;
        const std::size_t rest = little_endian_16();
        const std::size_t distance = ((std::size_t{code} & 8) << 11) + (rest >> 2);
        if (distance == 0) {
            ended_ = true;
        } else {
            copy_and_literals(distance + 16384, count, rest & 3);
        }
    }

    /// What the codes below 16 mean depends on how many literals came before.
    void small_instruction(unsigned code) {
        if (state_ == 0) {
            literals(length(code, 15) + 3);
            state_ = 4;
            return;
        }
        const std::size_t high = byte();
        const std::size_t distance = (high << 2) + (code >> 2);
        if (state_ == 4) {
            copy_and_literals(distance + 2049, 3, code & 3);
        } else {
            copy_and_literals(distance + 1, 2, code & 3);
        }
    }

    std::span<const std::uint8_t> from_;
    std::span<std::uint8_t> to_;
    std::size_t read_ = 0;
    std::size_t written_ = 0;
    std::size_t state_ = 0;
    bool good_ = true;
    bool ended_ = false;
};

}  // namespace

bool decompress_lzo(std::span<const std::uint8_t> from, std::span<std::uint8_t> to) {
    return Lzo(from, to).run();
}

}  // namespace symline::vmcore
