// Choices without a branch, for the places where the processor would guess wrong too often.
#pragma once

#include <cstdint>

namespace symline::dwarf {

/// All bits when `condition` is true, none when it is false.
constexpr std::uint64_t mask_of(bool condition) {
    return std::uint64_t{0} - static_cast<std::uint64_t>(condition);
}

/// `mask ? a : b`, for a mask of mask_of(). Compilers make a branch of a plain `?:` when they
/// take it for predictable.
constexpr std::uint64_t select(std::uint64_t mask, std::uint64_t a, std::uint64_t b) {
    return b ^ ((a ^ b) & mask);
}

/// `low <= value && value <= high`, for low <= high.
constexpr bool within(std::uint64_t low, std::uint64_t value, std::uint64_t high) {
    return value - low <= high - low;
}

}  // namespace symline::dwarf
