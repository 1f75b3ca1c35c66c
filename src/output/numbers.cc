#include "output/numbers.h"

#include <charconv>
#include <cstddef>

namespace symline::output {
namespace {

constexpr std::size_t longest_number = 20;

}  // namespace

void append_decimal(std::string& out, std::uint64_t value) {
    char text[longest_number];
    const auto end = std::to_chars(text, text + longest_number, value).ptr;
    out.append(text, end);
}

void append_hex(std::string& out, std::uint64_t value, unsigned digits) {
    char text[longest_number];
    const auto end = std::to_chars(text, text + longest_number, value, 16).ptr;
    const auto length = static_cast<std::size_t>(end - text);
    if (length < digits) out.append(digits - length, '0');
    out.append(text, end);
}

void append_0x(std::string& out, std::uint64_t value, unsigned digits) {
    out += "0x";
    append_hex(out, value, digits);
}

}  // namespace symline::output
