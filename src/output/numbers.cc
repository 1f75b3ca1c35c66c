#include "output/numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "base/hex.h"

namespace symline::output {
namespace {

constexpr std::size_t kMaxDecimalDigits = 20;
constexpr unsigned kMaxHexDigits = 16;

/// The two digits of each byte.
constexpr auto kHexOfBytes = [] {
    std::array<std::array<char, 2>, 256> all{};
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i] = {base::kHexDigits[i / 16], base::kHexDigits[i % 16]};
    }
    return all;
}();

/// Digits, with room for the 0x in front of them.
struct HexText {
    static constexpr std::size_t kEnd = 2 + kMaxHexDigits;

    HexText(std::uint64_t value, unsigned digits) {
        std::uint64_t rest = value;
#pragma GCC unroll 8
        for (std::size_t at = kEnd; at > 2; at -= 2, rest >>= 8) {
            std::memcpy(&text[at - 2], kHexOfBytes[rest & 0xff].data(), 2);
        }
        const unsigned needed = (static_cast<unsigned>(std::bit_width(value)) + 3) / 4;
        begin = kEnd - std::clamp(needed, std::clamp(digits, 1U, kMaxHexDigits), kMaxHexDigits);
    }

    char text[kEnd];
    std::size_t begin;
};

}  // namespace

void append_decimal(std::string& out, std::uint64_t value) {
    char text[kMaxDecimalDigits];
    const auto end = std::to_chars(text, text + kMaxDecimalDigits, value).ptr;
    out.append(text, end);
}

void append_hex(std::string& out, std::uint64_t value, unsigned digits) {
    if (digits > kMaxHexDigits) out.append(digits - kMaxHexDigits, '0');
    const HexText hex(value, digits);
    out.append(hex.text + hex.begin, HexText::kEnd - hex.begin);
}

void append_0x(std::string& out, std::uint64_t value, unsigned digits) {
    if (digits > kMaxHexDigits) {
        out += "0x";
        return append_hex(out, value, digits);
    }
    HexText hex(value, digits);
    hex.text[hex.begin - 1] = 'x';
    hex.text[hex.begin - 2] = '0';
    // Of two pointers, libstdc++ 12 takes twice the time.
    out.append(hex.text + hex.begin - 2, HexText::kEnd - hex.begin + 2);
}

void append_0x(std::string& out, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty() && bytes.back() == 0) bytes = bytes.first(bytes.size() - 1);
    append_0x(out, bytes.empty() ? 0 : bytes.back());
    for (std::size_t i = bytes.size(); i > 1; --i) append_hex(out, bytes[i - 2], 2);
}

}  // namespace symline::output
