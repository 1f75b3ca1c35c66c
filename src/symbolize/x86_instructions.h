// How long the instructions of x86 are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace symline::symbolize {

/// The size of the instruction that `code` begins with; 0 where `code` ends before it does. Bytes
/// that are no instruction get the size that others of their opcode have.
std::size_t x86_instruction_size(std::span<const std::uint8_t> code, bool is64);

/// Whether these are prefixes of an instruction alone: "cs call", "notrack call", "call *%r11".
bool are_x86_prefixes(std::span<const std::uint8_t> code, bool is64);

}  // namespace symline::symbolize
