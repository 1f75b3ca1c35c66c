// The registers of a stopped thread, by their DWARF numbers.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "symline/error.h"

namespace symline::process {

/// Of a register that call frame information never names, such as the flags.
inline constexpr std::uint16_t kNoDwarfNumber = 0xffff;

struct Registers {
    /// One register: its DWARF number (what unwinding needs) and its name.
    struct Value {
        std::uint16_t dwarf = 0;
        std::uint64_t value = 0;
        std::string_view name;
    };
    std::vector<Value> values;
    std::uint64_t pc = 0;
    /// AArch64: the bits of a return address that its signature takes; 0: not known.
    std::uint64_t signature_bits = 0;

    std::optional<std::uint64_t> by_number(std::uint16_t dwarf) const;
    void set(std::uint16_t dwarf, std::uint64_t value);
};

/// What unwinding has to know about a machine besides its call frame information.
struct MachineFacts {
    std::uint16_t machine = 0;  ///< e_machine
    unsigned word_size = 8;     ///< of an address
    /// Of a register in pr_reg, and where call frame information has it saved: x32 and MIPS n32
    /// keep addresses of 4 bytes in registers of 8.
    unsigned register_size = 8;
    std::uint16_t stack_pointer = 0;               ///< DWARF numbers
    std::optional<std::uint16_t> frame_pointer;    ///< of the usual frame chain
    std::optional<std::uint16_t> return_register;  ///< none: a call pushes the address
    /// Where a frame keeps the caller's frame pointer and its return address, from its own.
    std::int64_t saved_frame_pointer = 0;
    std::int64_t saved_return = 0;
    std::optional<std::uint16_t> pc_register;  ///< DWARF number, where it has one
    /// Bits of an address that code can have: arm's lowest says "Thumb", s390's highest "31 bits".
    std::uint64_t code_mask = ~std::uint64_t{0};
    /// Where the canonical frame address lies above the caller's stack pointer, on machines whose
    /// call frame information does not say what that was.
    std::uint64_t cfa_bias = 0;
    /// From what a call leaves as its return address to where a function returns: SPARC's calls
    /// leave their own, and an instruction in their delay slot is passed over.
    std::uint64_t return_offset = 0;
};

/// Null for an unknown machine. `register_size` 0: that of the machine's usual ABI, which is o32
/// for MIPS of 32 bits.
const MachineFacts* machine_facts(std::uint16_t machine, unsigned word_size,
                                  unsigned register_size = 0);

/// From the pr_reg of NT_PRSTATUS, which is what PTRACE_GETREGSET's NT_PRSTATUS gives as well.
/// Nothing when it is too short.
std::optional<Registers> read_registers(const MachineFacts& facts, base::Bytes registers,
                                        bool big_endian);
/// Whether a register of that DWARF number is among those of read_registers.
bool has_register(const MachineFacts& facts, std::uint64_t dwarf);
/// How many bytes of pr_reg read_registers needs.
std::size_t register_bytes(const MachineFacts& facts);

}  // namespace symline::process
