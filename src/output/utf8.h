// Well-formed UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace symline::output {

/// Bytes of the well-formed UTF-8 sequence at the front of `text`, which is not empty (RFC 3629);
/// 0 when there is none.
std::size_t utf8_length(std::string_view text);

}  // namespace symline::output
