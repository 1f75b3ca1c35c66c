// The hash that LLVM's programs name files of their caches by: XXH3 of 64 bits.
#pragma once

#include <cstdint>
#include <string_view>

namespace symline::elf {

std::uint64_t xxh3(std::string_view text);

}  // namespace symline::elf
