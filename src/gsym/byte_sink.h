// Little-endian numbers and LEB128 appended to bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace symline::gsym {

class ByteSink {
public:
    explicit ByteSink(std::vector<std::uint8_t>& bytes) : bytes_(&bytes) {}

    std::size_t size() const { return bytes_->size(); }
    std::span<const std::uint8_t> written() const { return *bytes_; }

    void word(std::uint64_t value, unsigned width) {
        for (unsigned i = 0; i < width; ++i, value >>= 8) u8(static_cast<std::uint8_t>(value));
    }
    void u8(std::uint8_t value) { bytes_->push_back(value); }
    void u16(std::uint16_t value) { word(value, 2); }
    void u32(std::uint32_t value) { word(value, 4); }
    void u64(std::uint64_t value) { word(value, 8); }
    void set_u8(std::size_t at, std::uint8_t value) { (*bytes_)[at] = value; }
    void set_u32(std::size_t at, std::uint32_t value) {
        for (unsigned i = 0; i < 4; ++i, value >>= 8) {
            (*bytes_)[at + i] = static_cast<std::uint8_t>(value);
        }
    }
    void uleb(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) u8(static_cast<std::uint8_t>(value | 0x80));
        u8(static_cast<std::uint8_t>(value));
    }
    void sleb(std::int64_t value) {
        for (; value < -0x40 || value >= 0x40; value >>= 7) {
            u8(static_cast<std::uint8_t>(value | 0x80));
        }
        u8(static_cast<std::uint8_t>(value & 0x7f));
    }
    void bytes(std::span<const std::uint8_t> more) {
        bytes_->insert(bytes_->end(), more.begin(), more.end());
    }
    void text(std::string_view more) { bytes_->insert(bytes_->end(), more.begin(), more.end()); }
    void align(std::size_t to) {
        while (size() % to != 0) u8(0);
    }

private:
    std::vector<std::uint8_t>* bytes_;
};

}  // namespace symline::gsym
