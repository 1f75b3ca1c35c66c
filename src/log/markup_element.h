// The elements of LLVM's symbolizer markup, "{{{pc:0x1234:ra}}}", and the numbers in them: the
// format alone. symbolizer_markup.h reads what a log says with them; symline-addr2line's
// --filter-markup replaces them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace symline::log {

struct MarkupElement {
    std::string_view text;  ///< all of it, with the braces
    std::string_view tag;   ///< not empty
    std::vector<std::string_view> fields;
};

/// The first element at or after `from`; nothing when there is none. Views are of `line`.
std::optional<MarkupElement> next_markup_element(std::string_view line, std::size_t from);

/// As C writes them: "0x1f", "0b101", "0o17", "017", "15".
std::optional<std::uint64_t> markup_integer(std::string_view text);
/// "0x12345678", or zeros alone.
std::optional<std::uint64_t> markup_address(std::string_view text);

}  // namespace symline::log
