// An address of data as a register or a word has it, whose upper bits the processor may not look
// at.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace symline::process {

/// What an address may stand for, where nothing is at the address itself: without the tag in the
/// upper byte that AArch64 ignores (Memory Tagging, HWASan), and without those of x86's Linear
/// Address Masking, of which a process has 6 bits or 15. `count` is 0 where it has no other form.
struct UntaggedAddresses {
    std::array<std::uint64_t, 2> values{};
    std::size_t count = 0;

    std::span<const std::uint64_t> all() const { return std::span(values).first(count); }
};
UntaggedAddresses untagged_addresses(std::uint16_t machine, std::uint64_t address);

}  // namespace symline::process
