#include "symline/build_id.h"

#include "base/hex.h"

namespace symline {

std::optional<BuildId> BuildId::parse(std::string_view hex) {
    constexpr std::size_t kMaxBytes = 64;
    if (hex.empty() || hex.size() % 2 != 0 || hex.size() / 2 > kMaxBytes) return std::nullopt;
    BuildId id;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const unsigned high = base::hex_value(hex[i]), low = base::hex_value(hex[i + 1]);
        if (high > 15 || low > 15) return std::nullopt;
        id.bytes_.push_back(static_cast<std::byte>(high * 16 + low));
    }
    return id;
}

std::string BuildId::hex() const {
    std::string text;
    text.reserve(bytes_.size() * 2);
    for (const std::byte b : bytes_) {
        text += base::kHexDigits[std::to_integer<unsigned>(b) >> 4];
        text += base::kHexDigits[std::to_integer<unsigned>(b) & 15];
    }
    return text;
}

}  // namespace symline
