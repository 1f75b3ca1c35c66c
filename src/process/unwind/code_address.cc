#include "process/unwind/code_address.h"

#include "elf/constants.h"

namespace symline::process {
namespace {

/// The sizes that AArch64's user addresses can have, by the size of a page and the kernel's
/// configuration (Documentation/arch/arm64/memory.rst).
constexpr unsigned kAddressBits[] = {52, 48, 47, 42, 39, 36};

}  // namespace

std::uint64_t code_address(const UnwindSource& source, const Registers& registers,
                           std::uint64_t saved) {
    const MachineFacts& machine = source.machine();
    const std::uint64_t left = saved & machine.code_mask;
    const std::uint64_t address = left == 0 ? 0 : left + machine.return_offset;
    if (machine.machine != elf::kArm64) return address;
    if (registers.signature_bits != 0) return address & ~registers.signature_bits;
    if (source.is_code(address)) return address;
    // No note says which bits are the signature's: only the right ones leave an address of code.
    for (const unsigned bits : kAddressBits) {
        const std::uint64_t plain = address & ((std::uint64_t{1} << bits) - 1);
        // _start may have signed the 0 that it was entered with.
        if (plain == 0 || source.is_code(plain)) return plain;
    }
    return address;
}

}  // namespace symline::process
