// A kernel whose units are split (CONFIG_DEBUG_INFO_SPLIT).
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "support/files.h"
#include "symline/build_id.h"
#include "symline/module.h"

namespace symline::test {

/// Of the addresses in `outer` one in code that is inlined three deep.
inline constexpr std::uint64_t kInlinedInOuter = 0x14;

inline std::string split_package() {
    return fixture("split-package/c-gcc-dwarf5-package.dwp");
}

inline void replace_bytes(ByteVector& bytes, std::string_view from, std::string_view to) {
    const auto at = std::ranges::search(bytes, from, {},
                                        [](std::uint8_t byte) { return static_cast<char>(byte); });
    REQUIRE(!at.empty());
    std::ranges::copy(to, at.begin());
}

/// A program whose split units are in split_package() alone, with the name of a section that
/// kernels have, and with that build id.
inline std::string split_kernel(const TemporaryFolder& folder,
                                const std::optional<BuildId>& build_id = {}) {
    const auto program = fixture("split/missing/c-gcc-split");
    auto bytes = read_whole(program);
    replace_bytes(bytes, ".init.text", "__ex_table");
    const auto raw = [](const BuildId& id) {
        return std::string_view(reinterpret_cast<const char*>(id.bytes().data()),
                                id.bytes().size());
    };
    if (build_id) {
        const auto own = Module::open(program)->build_id();
        REQUIRE(own);
        replace_bytes(bytes, raw(*own), raw(*build_id));
    }
    return folder.write("vmlinux", bytes);
}

}  // namespace symline::test
