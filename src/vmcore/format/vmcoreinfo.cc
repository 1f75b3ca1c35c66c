#include "vmcore/format/vmcoreinfo.h"

#include <charconv>

namespace symline::vmcore {
namespace {

/// Real ones have about 150 lines of at most 64 bytes.
constexpr std::size_t kMaxText = 65536;

std::string in_brackets(std::string_view kind, std::string_view name) {
    std::string key(kind);
    ((key += '(') += name) += ')';
    return key;
}

template <typename T>
std::optional<T> whole_number(std::string_view text, int base) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

KernelVersion version_of(std::string_view release) {
    KernelVersion version;
    const char* const end = release.data() + release.size();
    const auto [dot, error] = std::from_chars(release.data(), end, version.major);
    if (error == std::errc() && dot != end && *dot == '.') {
        std::from_chars(dot + 1, end, version.minor);
    }
    return version;
}

Vmcoreinfo::Vmcoreinfo(std::string_view text) {
    text = text.substr(0, kMaxText);
    text = text.substr(0, text.find('\0'));
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || equals == 0) continue;
        values_.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
}

std::string_view Vmcoreinfo::text(std::string_view key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? std::string_view{} : std::string_view(found->second);
}

std::optional<std::uint64_t> Vmcoreinfo::hex(std::string_view key) const {
    return whole_number<std::uint64_t>(text(key), 16);
}

std::optional<std::uint64_t> Vmcoreinfo::decimal(std::string_view key) const {
    const auto value = text(key);
    // As arm64's are.
    if (value.starts_with("0x")) return whole_number<std::uint64_t>(value.substr(2), 16);
    if (!value.starts_with('-')) return whole_number<std::uint64_t>(value, 10);
    const auto negative = whole_number<std::int64_t>(value, 10);
    if (!negative) return std::nullopt;
    return static_cast<std::uint64_t>(*negative);
}

std::optional<std::uint64_t> Vmcoreinfo::symbol(std::string_view name) const {
    return hex(in_brackets("SYMBOL", name));
}

std::optional<std::uint64_t> Vmcoreinfo::size(std::string_view type) const {
    return decimal(in_brackets("SIZE", type));
}

std::optional<std::uint64_t> Vmcoreinfo::offset(std::string_view member) const {
    return decimal(in_brackets("OFFSET", member));
}

std::optional<std::uint64_t> Vmcoreinfo::length(std::string_view array) const {
    return decimal(in_brackets("LENGTH", array));
}

std::optional<std::uint64_t> Vmcoreinfo::number(std::string_view name) const {
    return decimal(in_brackets("NUMBER", name));
}

}  // namespace symline::vmcore
