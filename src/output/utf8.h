// Well-formed UTF-8.
#pragma once

#include <cstddef>
#include <string_view>

namespace symline::output {

/// Bytes of the well-formed UTF-8 sequence at the front of `text`, which is not empty (RFC 3629);
/// 0 when there is none.
std::size_t utf8_length(std::string_view text);

/// What a well-formed character of several bytes can do to the text around it.
enum class Effect { none, control, reorders };
/// `control` for U+0080 to U+009F; `reorders` for the bidirectional formatting characters (UAX #9),
/// with which what is read is not what is there (CVE-2021-42574, "Trojan Source").
Effect effect_of(std::string_view character);

}  // namespace symline::output
