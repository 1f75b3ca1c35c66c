// The notes of a kernel dump: the registers of each CPU, and VMCOREINFO.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "elf/constants.h"
#include "symline/stack_trace.h"
#include "vmcore/format/vmcoreinfo.h"
#include "vmcore/memory/physical_memory.h"
#include "vmcore/unwind/ppc64_registers.h"

namespace symline::vmcore {

/// Of x86-64, in the order of struct pt_regs.
struct KernelRegisters {
    std::uint64_t r15 = 0, r14 = 0, r13 = 0, r12 = 0, bp = 0, bx = 0, r11 = 0, r10 = 0, r9 = 0;
    std::uint64_t r8 = 0, ax = 0, cx = 0, dx = 0, si = 0, di = 0, orig_ax = 0, ip = 0, cs = 0;
    std::uint64_t flags = 0, sp = 0, ss = 0;

    /// For people: "rax" and its value.
    std::vector<NamedRegister> named() const;
    bool user_mode() const { return (cs & 3) != 0; }
    /// From a struct pt_regs, which NT_PRSTATUS holds too.
    static constexpr std::size_t kPtRegsSize = std::size_t{21} * 8;
    static KernelRegisters from_pt_regs(std::span<const std::uint8_t, kPtRegsSize> bytes);
};

/// Of arm64: struct user_pt_regs, with which struct pt_regs begins.
struct Arm64Registers {
    static constexpr std::size_t kFramePointer = 29, kLink = 30;
    std::array<std::uint64_t, 31> x{};
    std::uint64_t sp = 0, ip = 0, pstate = 0;

    /// For people: "pc" and its value.
    std::vector<NamedRegister> named() const;
    bool user_mode() const { return (pstate & 0xf) == 0; }
    static constexpr std::size_t kPtRegsSize = std::size_t{34} * 8;
    static Arm64Registers from_pt_regs(std::span<const std::uint8_t, kPtRegsSize> bytes);
};

/// Of riscv64: struct user_regs_struct, with which struct pt_regs begins.
struct RiscvRegisters {
    static constexpr std::size_t kPtRegsSize = std::size_t{32} * 8;
    static constexpr std::size_t kLink = 1, kFramePointer = 8;
    std::uint64_t ip = 0, sp = 0;
    std::array<std::uint64_t, 32> x{};  ///< the place in x[0], which as a register is always 0

    /// For people: "pc" and its value.
    std::vector<NamedRegister> named() const;
    /// Kernels are in the upper half of the addresses.
    bool user_mode() const { return (ip >> 63) == 0; }
    static RiscvRegisters from_pt_regs(std::span<const std::uint8_t, kPtRegsSize> bytes);
};

/// Of s390x: the program status word and the general registers, which struct pt_regs has, too.
struct S390Registers {
    static constexpr std::size_t kPtRegsSize = std::size_t{18} * 8;
    static constexpr std::size_t kLink = 14, kStackPointer = 15;
    std::uint64_t mask = 0;  ///< the first half of the program status word
    std::uint64_t ip = 0, sp = 0;
    std::array<std::uint64_t, 16> r{};
    /// Where the CPU's lowest page is in physical memory, to which it saves what an interrupt
    /// stops.
    std::optional<std::uint64_t> prefix;

    /// For people: "pswm" and its value.
    std::vector<NamedRegister> named() const;
    /// In the problem state.
    bool user_mode() const { return ((mask >> 48) & 1) != 0; }
    static S390Registers from_pt_regs(std::span<const std::uint8_t, kPtRegsSize> bytes);
};

using CpuRegisters =
    std::variant<KernelRegisters, Arm64Registers, RiscvRegisters, Ppc64Registers, S390Registers>;
std::vector<NamedRegister> named(const CpuRegisters& registers);

struct DumpedCpu {
    unsigned number = 0;
    int pid = 0;  ///< of the note; QEMU writes the CPU's number + 1
    CpuRegisters registers;
};

struct DumpNotes {
    /// Of the header; where that does not know it, by the size of the registers' notes.
    std::uint16_t machine = elf::kX86_64;
    std::vector<DumpedCpu> cpus;  ///< in the order of the notes
    Vmcoreinfo vmcoreinfo;
    /// Or of s390x, whose kernel numbers the CPUs in the notes, as QEMU does.
    bool by_qemu = false;
    /// The control registers of the first CPU that QEMU saved: where its page tables are.
    std::optional<std::uint64_t> page_table;
};

DumpNotes read_dump_notes(const DumpHeader& header);

}  // namespace symline::vmcore
