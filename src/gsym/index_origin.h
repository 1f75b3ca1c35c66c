// What an index was made of. A build id is what a linker was told to write, not always a sum of the
// content, and a debug file can be replaced: what this has is compared each time an index is used.
#pragma once

#include <cstdint>
#include <string_view>

namespace symline::gsym {

struct IndexOrigin {
    std::uint64_t code_sum = 0;   ///< of the code's bytes; 0: not known
    std::uint64_t debug_sum = 0;  ///< of the debug information; 0: not known
    /// Of the separate debug file: where it was, empty where there was none; its size; and when it
    /// was changed last, in nanoseconds since 1970.
    std::string_view debug_path;
    std::uint64_t debug_size = 0;
    std::int64_t debug_changed = 0;
};

}  // namespace symline::gsym
