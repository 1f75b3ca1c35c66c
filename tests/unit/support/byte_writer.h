// Bytes of a file in the making, in one byte order.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace symline::test {

using ByteVector = std::vector<std::uint8_t>;

class ByteWriter {
public:
    explicit ByteWriter(bool big_endian = false) : big_endian_(big_endian) {}

    ByteWriter& u8(std::uint64_t value) { return word(value, 1); }
    ByteWriter& u16(std::uint64_t value) { return word(value, 2); }
    ByteWriter& u32(std::uint64_t value) { return word(value, 4); }
    ByteWriter& u64(std::uint64_t value) { return word(value, 8); }
    ByteWriter& word(std::uint64_t value, unsigned size) {
        for (unsigned i = 0; i < size; ++i) {
            const unsigned byte = big_endian_ ? size - 1 - i : i;
            bytes_.push_back(static_cast<std::uint8_t>(value >> (8 * byte)));
        }
        return *this;
    }
    ByteWriter& uleb(std::uint64_t value) {
        do {
            const auto low = static_cast<std::uint8_t>(value & 0x7f);
            value >>= 7;
            bytes_.push_back(value == 0 ? low : static_cast<std::uint8_t>(low | 0x80));
        } while (value != 0);
        return *this;
    }
    ByteWriter& sleb(std::int64_t value) {
        while (true) {
            const auto low = static_cast<std::uint8_t>(value & 0x7f);
            value >>= 7;
            const bool last =
                (value == 0 && (low & 0x40) == 0) || (value == -1 && (low & 0x40) != 0);
            bytes_.push_back(last ? low : static_cast<std::uint8_t>(low | 0x80));
            if (last) return *this;
        }
    }
    /// With the NUL that ends it.
    ByteWriter& string(std::string_view text) { return text_only(text).u8(0); }
    ByteWriter& text_only(std::string_view text) {
        bytes_.insert(bytes_.end(), text.begin(), text.end());
        return *this;
    }
    ByteWriter& bytes(const ByteVector& more) {
        bytes_.insert(bytes_.end(), more.begin(), more.end());
        return *this;
    }
    ByteWriter& zeros(std::size_t count) {
        bytes_.resize(bytes_.size() + count);
        return *this;
    }
    ByteWriter& align(std::size_t unit) {
        while (bytes_.size() % unit != 0) bytes_.push_back(0);
        return *this;
    }
    void patch(std::size_t at, std::uint64_t value, unsigned size) {
        ByteWriter part(big_endian_);
        part.word(value, size);
        for (unsigned i = 0; i < size; ++i) bytes_[at + i] = part.bytes_[i];
    }

    std::size_t size() const { return bytes_.size(); }
    bool big_endian() const { return big_endian_; }
    const ByteVector& data() const { return bytes_; }

private:
    bool big_endian_;
    ByteVector bytes_;
};

}  // namespace symline::test
