#include "process/unwind/data_address.h"

#include "elf/constants.h"

namespace symline::process {
namespace {

constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

/// The address whose bits from `size` on do not count. User space has none of them set.
std::uint64_t low(std::uint64_t address, unsigned size) {
    return address & ((std::uint64_t{1} << size) - 1);
}

}  // namespace

UntaggedAddresses untagged_addresses(std::uint16_t machine, std::uint64_t address) {
    UntaggedAddresses found;
    const auto add = [&](std::uint64_t value) {
        if (value != address) found.values[found.count++] = value;
    };
    if (machine == elf::kArm64) add(low(address, 56));
    // Bit 63 counts, and LAM_U48 is for processes whose addresses have 47 bits.
    if (machine == elf::kX86_64 && (address & kSign) == 0) {
        add(low(address, 57));
        if (low(address, 57) >> 47 != 0) add(low(address, 48));
    }
    return found;
}

}  // namespace symline::process
