#include "process/unwind/data_address.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "elf/constants.h"

using namespace symline;

namespace {

std::vector<std::uint64_t> untagged(std::uint16_t machine, std::uint64_t address) {
    const auto found = process::untagged_addresses(machine, address);
    return {found.all().begin(), found.all().end()};
}

using Addresses = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("AArch64 ignores the upper byte of an address of data") {
    CHECK(untagged(elf::kArm64, 0x0a00'ffff'0000'1234) == Addresses{0xffff'0000'1234});
    CHECK(untagged(elf::kArm64, 0xffff'0000'1234).empty());
    // The next byte counts.
    CHECK(untagged(elf::kArm64, 0x00ff'ffff'0000'1234).empty());
}

TEST_CASE("x86 ignores 6 bits or 15 of an address that is not canonical") {
    CHECK(untagged(elf::kX86_64, 0x7fff'0000'1234).empty());
    CHECK(untagged(elf::kX86_64, 0x7e00'7fff'0000'1234) == Addresses{0x7fff'0000'1234});
    CHECK(untagged(elf::kX86_64, 0x7fff'7fff'0000'1234) ==
          Addresses{0x01ff'7fff'0000'1234, 0x7fff'0000'1234});
    // The kernel's, and other machines'.
    CHECK(untagged(elf::kX86_64, 0xffff'8000'0000'1234).empty());
    CHECK(untagged(elf::kS390, 0x0a00'ffff'0000'1234).empty());
}
