#include "process/registers/extended_registers.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "elf/constants.h"
#include "process/registers/sve_registers.h"
#include "process/registers/xsave_area.h"

namespace symline::process {
namespace {

// Types of notes, include/uapi/linux/elf.h.
constexpr std::uint32_t kFloat = 2;  // NT_FPREGSET, NT_PRFPREG
constexpr std::uint32_t kFxsave = 0x46e62b7f;
constexpr std::uint32_t kXstate = 0x202;
constexpr std::uint32_t kArmVfp = 0x400;
constexpr std::uint32_t kArmTls = 0x401;
constexpr std::uint32_t kArmSve = 0x405;
constexpr std::uint32_t kPpcVmx = 0x100;

struct MachineSets {
    std::uint16_t machine;
    std::array<std::uint32_t, 3> types;
    std::size_t count;
};
constexpr std::array kSets{
    MachineSets{elf::kX86_64, {kXstate, kFloat}, 2},
    MachineSets{elf::kI386, {kXstate, kFxsave}, 2},
    MachineSets{elf::kArm64, {kFloat, kArmSve, kArmTls}, 3},
    MachineSets{elf::kArm, {kArmVfp}, 1},
    MachineSets{elf::kPpc64, {kFloat, kPpcVmx}, 2},
    MachineSets{elf::kPpc, {kFloat, kPpcVmx}, 2},
    MachineSets{elf::kS390, {kFloat}, 1},
    MachineSets{elf::kRiscv, {kFloat}, 1},
    MachineSets{elf::kSparcV9, {kFloat}, 1},
    MachineSets{elf::kSparc, {kFloat}, 1},
    MachineSets{elf::kSparc32Plus, {kFloat}, 1},
};

/// Registers of one size that follow one another: "v0" to "v31"; a single one has no number.
struct Row {
    std::uint16_t machine;
    std::uint32_t type;
    std::string_view name;
    std::uint64_t offset;  ///< in bytes
    unsigned size;         ///< of each
    unsigned count = 1;
};

constexpr std::array kRows{
    // struct user_regs_struct, arch/x86/include/asm/user_64.h
    Row{elf::kX86_64, kGeneralSet, "orig_rax", 120, 8},
    Row{elf::kX86_64, kGeneralSet, "cs", 136, 8},
    Row{elf::kX86_64, kGeneralSet, "ss", 160, 8},
    Row{elf::kX86_64, kGeneralSet, "ds", 184, 8},
    Row{elf::kX86_64, kGeneralSet, "es", 192, 8},
    Row{elf::kX86_64, kGeneralSet, "fs", 200, 8},
    Row{elf::kX86_64, kGeneralSet, "gs", 208, 8},
    Row{elf::kX86_64, kGeneralSet, "fs_base", 168, 8},
    Row{elf::kX86_64, kGeneralSet, "gs_base", 176, 8},
    // struct user_regs_struct, arch/x86/include/asm/user_32.h
    Row{elf::kI386, kGeneralSet, "orig_eax", 44, 4},
    Row{elf::kI386, kGeneralSet, "cs", 52, 4},
    Row{elf::kI386, kGeneralSet, "ss", 64, 4},
    Row{elf::kI386, kGeneralSet, "ds", 28, 4},
    Row{elf::kI386, kGeneralSet, "es", 32, 4},
    Row{elf::kI386, kGeneralSet, "fs", 36, 4},
    Row{elf::kI386, kGeneralSet, "gs", 40, 4},
    // tls_get(), arch/arm64/kernel/ptrace.c
    Row{elf::kArm64, kArmTls, "tpidr", 0, 8},
    // struct user_vfp, arch/arm/include/asm/user.h
    Row{elf::kArm, kArmVfp, "d", 0, 8, 32},
    Row{elf::kArm, kArmVfp, "fpscr", 256, 4},
    // ELF_NFPREG and ELF_NVRREG, arch/powerpc/include/uapi/asm/elf.h
    Row{elf::kPpc64, kFloat, "f", 0, 8, 32},
    Row{elf::kPpc64, kFloat, "fpscr", 256, 8},
    Row{elf::kPpc64, kPpcVmx, "vr", 0, 16, 32},
    Row{elf::kPpc64, kPpcVmx, "vscr", 512, 4},
    Row{elf::kPpc64, kPpcVmx, "vrsave", 528, 4},
    Row{elf::kPpc, kFloat, "f", 0, 8, 32},
    Row{elf::kPpc, kFloat, "fpscr", 256, 8},
    Row{elf::kPpc, kPpcVmx, "vr", 0, 16, 32},
    Row{elf::kPpc, kPpcVmx, "vscr", 512, 4},
    Row{elf::kPpc, kPpcVmx, "vrsave", 528, 4},
    // s390_fp_regs, arch/s390/include/uapi/asm/ptrace.h
    Row{elf::kS390, kFloat, "f", 8, 8, 16},
    Row{elf::kS390, kFloat, "fpc", 0, 4},
    // struct __riscv_d_ext_state, arch/riscv/include/uapi/asm/ptrace.h
    Row{elf::kRiscv, kFloat, "f", 0, 8, 32},
    Row{elf::kRiscv, kFloat, "fcsr", 256, 4},
    // elf_gregset_t and elf_fpregset_t, arch/sparc/include/asm/elf_64.h and elf_32.h
    Row{elf::kSparcV9, kGeneralSet, "tstate", 256, 8},
    Row{elf::kSparcV9, kFloat, "f", 0, 4, 32},
    Row{elf::kSparcV9, kFloat, "fsr", 256, 8},
    Row{elf::kSparcV9, kFloat, "fprs", 272, 8},
    Row{elf::kSparc, kGeneralSet, "psr", 128, 4},
    Row{elf::kSparc, kFloat, "f", 0, 4, 32},
    Row{elf::kSparc, kFloat, "fsr", 132, 4},
    Row{elf::kSparc32Plus, kGeneralSet, "psr", 128, 4},
    Row{elf::kSparc32Plus, kFloat, "f", 0, 4, 32},
    Row{elf::kSparc32Plus, kFloat, "fsr", 132, 4},
};

// struct user_fpsimd_state, arch/arm64/include/uapi/asm/ptrace.h
constexpr std::array kArm64Vectors{
    Row{elf::kArm64, kFloat, "v", 0, 16, 32},
    Row{elf::kArm64, kFloat, "fpsr", 512, 4},
    Row{elf::kArm64, kFloat, "fpcr", 516, 4},
};

base::Bytes set_of(std::span<const RegisterSet> sets, std::uint32_t type) {
    const auto found = std::ranges::find(sets, type, &RegisterSet::type);
    return found == sets.end() ? base::Bytes() : found->bytes;
}

void read_row(const Row& row, base::Bytes set, bool big_endian,
              std::vector<ExtendedRegister>& into) {
    for (unsigned i = 0; i < row.count; ++i) {
        const auto bytes = base::tail(set, row.offset + std::uint64_t{i} * row.size);
        if (bytes.size() < row.size) return;
        ExtendedRegister made{std::string(row.name), {bytes.begin(), bytes.begin() + row.size}};
        if (row.count > 1) made.name += std::to_string(i);
        if (big_endian) std::ranges::reverse(made.bytes);
        into.push_back(std::move(made));
    }
}

/// XSAVE's area holds FXSAVE's; where there is none, FXSAVE's has a note of its own.
void read_x86(std::uint16_t machine, std::span<const RegisterSet> sets,
              std::vector<ExtendedRegister>& into) {
    const bool wide = machine == elf::kX86_64;
    const auto area = set_of(sets, kXstate);
    if (!area.empty()) return read_xsave(area, set_of(sets, kXsaveLayoutSet), wide, into);
    read_fxsave(set_of(sets, wide ? kFloat : kFxsave), wide, into);
}

/// Where the scalable vectors are in use, the others are parts of them.
void read_arm64(std::span<const RegisterSet> sets, std::vector<ExtendedRegister>& into) {
    base::Bytes plain = set_of(sets, kFloat);
    const auto scalable = set_of(sets, kArmSve);
    if (!scalable.empty() && read_sve(scalable, plain, into)) return;
    for (const Row& each : kArm64Vectors) read_row(each, plain, false, into);
}

}  // namespace

std::span<const std::uint32_t> extended_sets(std::uint16_t machine) {
    const auto* found = std::ranges::find(kSets, machine, &MachineSets::machine);
    if (found == kSets.end()) return {};
    return std::span(found->types).first(found->count);
}

std::vector<ExtendedRegister> read_extended_registers(std::uint16_t machine, bool big_endian,
                                                      std::span<const RegisterSet> sets) {
    std::vector<ExtendedRegister> registers;
    for (const Row& each : kRows) {
        if (each.machine != machine) continue;
        read_row(each, set_of(sets, each.type), big_endian, registers);
    }
    if (machine == elf::kX86_64 || machine == elf::kI386) read_x86(machine, sets, registers);
    if (machine == elf::kArm64) read_arm64(sets, registers);
    return registers;
}

}  // namespace symline::process
