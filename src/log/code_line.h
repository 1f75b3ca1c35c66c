// The bytes of a "Code:" line, and the lines that say where they are from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "log/line_context.h"
#include "log/mark.h"

namespace symline::log {

/// "48 83 <48> 89", "aa0103e1 (f9400021)", "4785 (a001)"
struct CodeText {
    unsigned unit = 1;                  ///< bytes in each number: 1, 2 or 4
    std::vector<std::uint32_t> units;   ///< as they are written; at least one
    std::optional<std::size_t> marked;  ///< which of them is in <> or ()
};

/// So many numbers of one size as no sentence has.
inline constexpr std::size_t kMinCodeWords = 4;

/// The numbers of a Facts::code_bytes text. Numbers that the kernel could not read ("????????")
/// end the text, or begin it anew where they stand before the mark. Nothing where any word is
/// something else, or for more bytes than a kernel prints. A last word that was cut off is left
/// out.
std::optional<CodeText> parse_code(std::string_view text);

/// Registers whose value may have a form that has no mark of its own ("RIP: 0033:0x47b7a0").
inline constexpr Mark kPcMarks[] = {
    {"RIP: ", 1}, {"RIP  ", 1}, {"NIP:", 1}, {"NIP [", 1}, {"early exception ", 7}};

/// Notes whether the line gives the program counter, and in which of its occurrences; also where a
/// new report begins, whose program counter is not known yet.
void read_pc(const LineContext& line);

}  // namespace symline::log
