// The bytes of a kernel image: as text, and parts that its headers name.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace symline::find {

inline std::string_view text_of(base::Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// As much of it as there is.
inline base::Bytes part_of(base::Bytes bytes, std::uint64_t offset, std::uint64_t size) {
    const base::Bytes rest = base::tail(bytes, offset);
    return rest.first(std::min<std::uint64_t>(rest.size(), size));
}

}  // namespace symline::find
