// ORC, the unwind tables of x86-64 kernels (Documentation/x86/orc-unwinder.rst), read from the
// memory of the dump: there those of modules are sorted and relocated, and every file that has them
// belongs to the kernel that crashed.
#pragma once

#include <optional>
#include <vector>

#include "vmcore/memory/kernel_memory.h"

namespace symline::vmcore {

struct OrcEntry {
    /// Values of sp_reg and bp_reg, arch/x86/include/asm/orc_types.h.
    enum class Register : unsigned {
        undefined = 0,
        prev_sp = 1,
        dx = 2,
        di = 3,
        bp = 4,
        sp = 5,
        r10 = 6,
        r13 = 7,
        bp_indirect = 8,
        sp_indirect = 9,
    };
    enum class Type { undefined, end_of_stack, call, regs, regs_partial };

    std::int16_t sp_offset = 0;
    std::int16_t bp_offset = 0;
    Register sp_reg = Register::undefined;
    Register bp_reg = Register::undefined;
    Type type = Type::call;
    bool signal = false;  ///< the next frame up was interrupted, not called from
};

/// How the last 16 bits of an entry are used: Linux 6.3 (and backports of it) added a bit for
/// `signal`, 6.4 one more bit for the type.
struct OrcFormat {
    unsigned type_bits = 2;
    std::optional<unsigned> signal_bit;  ///< counted from the lowest
    std::optional<unsigned> end_bit;

    OrcEntry decode(std::span<const std::uint8_t, 6> bytes) const;
    /// For a kernel of which nothing but its release is known.
    static OrcFormat of_release(std::string_view release);
};

/// The table of the kernel or of one module.
struct OrcTable {
    std::uint64_t code_begin = 0;
    std::uint64_t code_end = 0;
    std::uint64_t ips = 0;  ///< runtime addresses of the two halves
    std::uint64_t entries = 0;
    std::uint64_t count = 0;
};

/// The entry for `address`; nothing where the table has none or is not in the dump.
std::optional<OrcEntry> find_orc(const KernelBytes& memory, const OrcTable& table,
                                 const OrcFormat& format, std::uint64_t address);

}  // namespace symline::vmcore
