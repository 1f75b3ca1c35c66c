#include "find/unified_image.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace symline::find {
namespace {

using namespace std::string_view_literals;

bool has(base::Bytes file, std::uint64_t offset, std::string_view magic) {
    const auto rest = base::tail(file, offset);
    return std::string_view(reinterpret_cast<const char*>(rest.data()), rest.size())
        .starts_with(magic);
}

}  // namespace

std::optional<base::Bytes> kernel_of_unified_image(base::Bytes file) {
    constexpr std::uint64_t kHeaderOffset = 0x3c, kFileHeader = 24, kSection = 40;
    const std::uint64_t pe = base::Cursor(file, false, kHeaderOffset).u32();
    if (!has(file, 0, "MZ"sv) || !has(file, pe, "PE\0\0"sv)) return std::nullopt;
    const std::uint64_t count = base::Cursor(file, false, pe + 6).u16();
    const std::uint64_t table = pe + kFileHeader + base::Cursor(file, false, pe + 20).u16();
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t section = table + i * kSection;
        if (!has(file, section, ".linux\0\0"sv)) continue;
        base::Cursor header(file, false, section + 8);
        const std::uint64_t memory_size = header.u32();
        header.u32();  // address
        const std::uint64_t size = header.u32();
        const auto contents = base::tail(file, header.u32());
        return contents.first(std::min({memory_size, size, std::uint64_t{contents.size()}}));
    }
    return std::nullopt;
}

}  // namespace symline::find
