// Appends numbers as text, without a locale or an allocation.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace symline::output {

void append_decimal(std::string& out, std::uint64_t value);

/// Lower-case hexadecimal without "0x", padded with zeros to `digits`.
void append_hex(std::string& out, std::uint64_t value, unsigned digits = 1);

/// The same after "0x".
void append_0x(std::string& out, std::uint64_t value, unsigned digits = 1);

/// The same of a number of any size, its lowest byte first.
void append_0x(std::string& out, std::span<const std::uint8_t> bytes);

}  // namespace symline::output
