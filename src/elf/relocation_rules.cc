#include "elf/relocation_rules.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <iterator>

namespace symline::elf {
namespace {

using namespace llvm::ELF;
using enum RelocationRule::Operation;

/// Machines and relocation types that LLVM does not know, by the names and numbers of binutils
/// (include/elf/*.h). Alpha never had an official machine number.
enum : std::uint16_t {
    EM_ALPHA_UNOFFICIAL = 0x9026,
    R_PARISC_DIR32 = 1,
    R_PARISC_PCREL32 = 9,
    R_PARISC_SECREL32 = 65,
    R_PARISC_PCREL64 = 72,
    R_PARISC_DIR64 = 80,
    R_SH_DIR32 = 1,
    R_OR1K_32 = 1,
    R_OR1K_32_PCREL = 9,
    R_ALPHA_REFLONG = 1,
    R_ALPHA_REFQUAD = 2,
    R_ALPHA_SREL32 = 10,
    R_ALPHA_SREL64 = 11,
};

/// Sorted by machine. The rules of thread-local variables that compute more than S + A are left
/// out: they occur in location expressions, which are not evaluated.
constexpr RelocationRule kRules[] = {
    {EM_SPARC, R_SPARC_32, absolute, 32},
    {EM_SPARC, R_SPARC_UA32, absolute, 32},
    {EM_386, R_386_NONE, keep, 32},
    {EM_386, R_386_32, absolute, 32},
    {EM_386, R_386_PC32, relative, 32},
    {EM_68K, R_68K_32, absolute, 32},
    {EM_68K, R_68K_PC32, relative, 32},
    {EM_MIPS, R_MIPS_32, absolute, 32},
    {EM_MIPS, R_MIPS_64, absolute, 64},
    {EM_MIPS, R_MIPS_PC32, relative, 32},
    {EM_PARISC, R_PARISC_DIR32, absolute, 32},
    {EM_PARISC, R_PARISC_PCREL32, relative, 32},
    {EM_PARISC, R_PARISC_SECREL32, absolute, 32},
    {EM_PARISC, R_PARISC_PCREL64, relative, 64},
    {EM_PARISC, R_PARISC_DIR64, absolute, 64},
    {EM_SPARC32PLUS, R_SPARC_32, absolute, 32},
    {EM_SPARC32PLUS, R_SPARC_UA32, absolute, 32},
    {EM_PPC, R_PPC_ADDR32, absolute, 32},
    {EM_PPC, R_PPC_REL32, relative, 32},
    {EM_PPC64, R_PPC64_ADDR32, absolute, 32},
    {EM_PPC64, R_PPC64_ADDR64, absolute, 64},
    {EM_PPC64, R_PPC64_REL32, relative, 32},
    {EM_PPC64, R_PPC64_REL64, relative, 64},
    {EM_S390, R_390_32, absolute, 32},
    {EM_S390, R_390_64, absolute, 64},
    {EM_S390, R_390_PC32, relative, 32},
    {EM_S390, R_390_PC64, relative, 64},
    {EM_ARM, R_ARM_ABS32, absolute, 32},
    {EM_ARM, R_ARM_REL32, relative, 32},
    // The assembler leaves the addend, or a part of it, in the field (binutils: partial_inplace);
    // that of Xtensa does, too.
    {EM_SH, R_SH_DIR32, add, 32},
    {EM_SPARCV9, R_SPARC_32, absolute, 32},
    {EM_SPARCV9, R_SPARC_64, absolute, 64},
    {EM_SPARCV9, R_SPARC_UA32, absolute, 32},
    {EM_SPARCV9, R_SPARC_UA64, absolute, 64},
    {EM_X86_64, R_X86_64_64, absolute, 64},
    {EM_X86_64, R_X86_64_32, absolute, 32},
    {EM_X86_64, R_X86_64_32S, absolute, 32},
    {EM_X86_64, R_X86_64_NONE, keep, 64},
    {EM_X86_64, R_X86_64_PC32, relative, 32},
    {EM_X86_64, R_X86_64_PC64, relative, 64},
    {EM_X86_64, R_X86_64_GLOB_DAT, symbol, 64},
    {EM_X86_64, R_X86_64_DTPOFF32, absolute, 32},
    {EM_X86_64, R_X86_64_DTPOFF64, absolute, 64},
    {EM_AVR, R_AVR_16, absolute, 16},
    {EM_AVR, R_AVR_32, absolute, 32},
    {EM_OPENRISC, R_OR1K_32, absolute, 32},
    {EM_OPENRISC, R_OR1K_32_PCREL, relative, 32},
    {EM_ARC_COMPACT, R_ARC_32, absolute, 32},
    {EM_ARC_COMPACT, R_ARC_32_PCREL, relative, 32},
    {EM_XTENSA, R_XTENSA_32, add, 32},
    {EM_MSP430, R_MSP430_32, absolute, 32},
    {EM_MSP430, R_MSP430_16_BYTE, absolute, 16},
    {EM_HEXAGON, R_HEX_32, absolute, 32},
    {EM_AARCH64, R_AARCH64_ABS32, absolute, 32},
    {EM_AARCH64, R_AARCH64_ABS64, absolute, 64},
    {EM_AARCH64, R_AARCH64_PREL16, relative, 16},
    {EM_AARCH64, R_AARCH64_PREL32, relative, 32},
    {EM_AARCH64, R_AARCH64_PREL64, relative, 64},
    {EM_ARC_COMPACT2, R_ARC_32, absolute, 32},
    {EM_ARC_COMPACT2, R_ARC_32_PCREL, relative, 32},
    {EM_AMDGPU, R_AMDGPU_ABS32, absolute, 32},
    {EM_AMDGPU, R_AMDGPU_ABS64, absolute, 64},
    {EM_RISCV, R_RISCV_NONE, keep, 64},
    {EM_RISCV, R_RISCV_32, absolute, 32},
    {EM_RISCV, R_RISCV_64, absolute, 64},
    {EM_RISCV, R_RISCV_32_PCREL, relative, 32},
    {EM_RISCV, R_RISCV_SET6, absolute, 6},
    {EM_RISCV, R_RISCV_SET8, absolute, 8},
    {EM_RISCV, R_RISCV_SET16, absolute, 16},
    {EM_RISCV, R_RISCV_SET32, absolute, 32},
    {EM_RISCV, R_RISCV_ADD8, add, 8},
    {EM_RISCV, R_RISCV_ADD16, add, 16},
    {EM_RISCV, R_RISCV_ADD32, add, 32},
    {EM_RISCV, R_RISCV_ADD64, add, 64},
    {EM_RISCV, R_RISCV_SUB6, subtract, 6},
    {EM_RISCV, R_RISCV_SUB8, subtract, 8},
    {EM_RISCV, R_RISCV_SUB16, subtract, 16},
    {EM_RISCV, R_RISCV_SUB32, subtract, 32},
    {EM_RISCV, R_RISCV_SUB64, subtract, 64},
    {EM_RISCV, R_RISCV_SET_ULEB128, absolute, 64},
    {EM_RISCV, R_RISCV_SUB_ULEB128, subtract, 64},
    {EM_LANAI, R_LANAI_32, absolute, 32},
    {EM_BPF, R_BPF_64_ABS64, absolute, 64},
    {EM_BPF, R_BPF_64_ABS32, absolute, 32},
    {EM_VE, R_VE_REFLONG, absolute, 32},
    {EM_VE, R_VE_REFQUAD, absolute, 64},
    {EM_CSKY, R_CKCORE_NONE, keep, 32},
    {EM_CSKY, R_CKCORE_ADDR32, absolute, 32},
    {EM_CSKY, R_CKCORE_PCREL32, relative, 32},
    {EM_LOONGARCH, R_LARCH_NONE, keep, 64},
    {EM_LOONGARCH, R_LARCH_32, absolute, 32},
    {EM_LOONGARCH, R_LARCH_64, absolute, 64},
    {EM_LOONGARCH, R_LARCH_32_PCREL, relative, 32},
    {EM_LOONGARCH, R_LARCH_ADD6, add, 6},
    {EM_LOONGARCH, R_LARCH_ADD8, add, 8},
    {EM_LOONGARCH, R_LARCH_ADD16, add, 16},
    {EM_LOONGARCH, R_LARCH_ADD32, add, 32},
    {EM_LOONGARCH, R_LARCH_ADD64, add, 64},
    {EM_LOONGARCH, R_LARCH_SUB6, subtract, 6},
    {EM_LOONGARCH, R_LARCH_SUB8, subtract, 8},
    {EM_LOONGARCH, R_LARCH_SUB16, subtract, 16},
    {EM_LOONGARCH, R_LARCH_SUB32, subtract, 32},
    {EM_LOONGARCH, R_LARCH_SUB64, subtract, 64},
    {EM_LOONGARCH, R_LARCH_ADD_ULEB128, add, 64},
    {EM_LOONGARCH, R_LARCH_SUB_ULEB128, subtract, 64},
    {EM_ALPHA_UNOFFICIAL, R_ALPHA_REFLONG, absolute, 32},
    {EM_ALPHA_UNOFFICIAL, R_ALPHA_REFQUAD, absolute, 64},
    {EM_ALPHA_UNOFFICIAL, R_ALPHA_SREL32, relative, 32},
    {EM_ALPHA_UNOFFICIAL, R_ALPHA_SREL64, relative, 64},
};
static_assert(std::ranges::is_sorted(kRules, {}, &RelocationRule::machine));

std::uint64_t computed(const RelocationRule& rule, const RelocationTerms& terms,
                       std::uint64_t value) {
    const std::uint64_t target = terms.symbol + static_cast<std::uint64_t>(terms.addend);
    switch (rule.operation) {
        case symbol: return terms.symbol;
        case absolute: return target;
        case relative: return target - terms.offset;
        case add: return value + target;
        case subtract: return value - target;
        case keep: break;
    }
    return value;
}

}  // namespace

std::span<const RelocationRule> relocation_rules(std::uint16_t machine) {
    const auto found = std::ranges::equal_range(kRules, machine, {}, &RelocationRule::machine);
    return {found.begin(), found.end()};
}

std::uint64_t relocated(const RelocationRule& rule, const RelocationTerms& terms,
                        std::uint64_t value) {
    const std::uint64_t result = computed(rule, terms, value);
    if (rule.bits == 64 || rule.operation == keep) return result;
    const std::uint64_t mask = (std::uint64_t{1} << rule.bits) - 1;
    const std::uint64_t kept = rule.bits % 8 == 0 ? 0 : value & 0xff & ~mask;
    return kept | (result & mask);
}

}  // namespace symline::elf
