#include "symline/build_id.h"

namespace symline {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::optional<BuildId> BuildId::parse(std::string_view hex) {
    constexpr std::size_t kMaxBytes = 64;
    if (hex.empty() || hex.size() % 2 != 0 || hex.size() / 2 > kMaxBytes) return std::nullopt;
    BuildId id;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const int high = digit(hex[i]), low = digit(hex[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        id.bytes_.push_back(static_cast<std::byte>(high * 16 + low));
    }
    return id;
}

std::string BuildId::hex() const {
    std::string text;
    text.reserve(bytes_.size() * 2);
    for (const std::byte b : bytes_) {
        text += kDigits[std::to_integer<unsigned>(b) >> 4];
        text += kDigits[std::to_integer<unsigned>(b) & 15];
    }
    return text;
}

}  // namespace symline
