// Numbers as text, appended to a buffer: no locale, no allocation of their own.
#pragma once

#include <cstdint>
#include <string>

namespace symline::output {

void append_decimal(std::string& out, std::uint64_t value);

/// Lower case hexadecimal without "0x", filled with zeros on the left up to `digits`.
void append_hex(std::string& out, std::uint64_t value, unsigned digits = 1);

/// The same with "0x" in front.
void append_0x(std::string& out, std::uint64_t value, unsigned digits = 1);

}  // namespace symline::output
