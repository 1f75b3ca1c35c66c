// How the registers of a caller are found from those of a function that it called: what call frame
// information says of one instruction (DWARF 5 section 6.4.1). Registers have the numbers of the
// machine's ABI.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace symline::dwarf {

struct RegisterRule {
    enum class Kind {
        undefined,    ///< lost
        same,         ///< the caller's value is still there
        at_offset,    ///< in memory, `offset` from the canonical frame address
        is_offset,    ///< the canonical frame address and `offset`
        in_register,  ///< of number `number`, plus `offset`
        at_expression,
        is_expression,
    };
    Kind kind = Kind::undefined;
    std::int64_t offset = 0;
    std::uint64_t number = 0;
    base::Bytes expression{};  ///< a view into the section
};

struct CallFrameRules {
    /// The canonical frame address: the stack pointer before the call, on most machines.
    RegisterRule cfa;
    /// Of the others nothing is said.
    std::vector<std::pair<std::uint64_t, RegisterRule>> registers;
    std::uint64_t return_column = 0;  ///< whose caller's value is the return address
    bool signal_frame = false;        ///< the kernel's: what it returns to was not called
    bool return_signed = false;       ///< AArch64: by pointer authentication
    std::size_t steps = 0;            ///< instructions that were run to find this

    const RegisterRule* of(std::uint64_t number) const;
    void set(std::uint64_t number, RegisterRule rule);
    void forget(std::uint64_t number);
};

/// What functions have in common (a CIE), and where one of them lies (an FDE).
struct CommonEntry {
    unsigned address_size = 8;
    std::uint64_t code_alignment = 1;
    std::int64_t data_alignment = 1;
    std::uint64_t return_column = 0;
    std::uint8_t pointer_encoding = 0;  ///< of addresses in FDEs: DW_EH_PE_…
    bool augmented = false;             ///< FDEs too say how long their augmentation is
    bool signal_frame = false;
    base::Bytes instructions{};
};

struct FunctionEntry {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
    std::uint64_t common = 0;  ///< offset of its CIE
    base::Bytes instructions{};

    bool contains(std::uint64_t address) const { return address - begin < size; }
};

/// Runs the instructions of both up to `address`. Nothing where they are damaged or not known.
std::optional<CallFrameRules> run_call_frame_program(const CommonEntry& common,
                                                     const FunctionEntry& function,
                                                     std::uint64_t address, bool big_endian);

}  // namespace symline::dwarf
