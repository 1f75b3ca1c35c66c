// The registers of 64-bit Power.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "symline/stack_trace.h"

namespace symline::vmcore {

/// struct user_pt_regs, with which struct pt_regs begins, and NT_PRSTATUS.
struct Ppc64Registers {
    static constexpr std::size_t kPtRegsSize = std::size_t{44} * 8;
    std::array<std::uint64_t, 32> gpr{};
    std::uint64_t ip = 0, sp = 0;
    std::uint64_t msr = 0, ctr = 0, link = 0, xer = 0, cr = 0, trap = 0;

    /// For people: "nip" and its value.
    std::vector<NamedRegister> named() const;
    bool user_mode() const { return (msr & 0x4000) != 0; }
    /// Addresses are not translated: in firmware, and where exceptions enter.
    bool real_mode() const { return (msr & 0x20) == 0; }
    static Ppc64Registers from_pt_regs(std::span<const std::uint8_t, kPtRegsSize> bytes,
                                       bool big_endian);
};

}  // namespace symline::vmcore
