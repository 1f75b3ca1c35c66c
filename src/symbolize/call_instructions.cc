#include "symbolize/call_instructions.h"

#include <algorithm>

#include "elf/constants.h"
#include "symbolize/x86_instructions.h"

namespace symline::symbolize {
namespace {

/// An instruction by the bits that do not vary.
struct Pattern {
    std::uint32_t mask;
    std::uint32_t value;

    bool matches(std::uint32_t instruction) const { return (instruction & mask) == value; }
};

std::uint32_t half_at(Code code, std::size_t at, bool big_endian) {
    if (code.size() < at + 2) return 0;
    const std::uint32_t first = code[at], second = code[at + 1];
    return big_endian ? first << 8 | second : second << 8 | first;
}

template <std::size_t size>
bool is_any(const Pattern (&patterns)[size], std::uint32_t instruction) {
    return std::ranges::any_of(patterns,
                               [&](const Pattern& each) { return each.matches(instruction); });
}

/// Arm Architecture Reference Manual for A-profile (DDI 0487), C4.1.
constexpr Pattern kArm64Calls[] = {{0xfc000000, 0x94000000},   // BL
                                   {0xfffffc1f, 0xd63f0000},   // BLR
                                   {0xfffff81f, 0xd63f081f},   // BLRAAZ, BLRABZ
                                   {0xfffff800, 0xd73f0800}};  // BLRAA, BLRAB

/// Arm Architecture Reference Manual for A-profile (DDI 0487), F4.1; the condition 0b1111 is not
/// "never" but another instruction.
constexpr Pattern kUnconditional{0xf0000000, 0xf0000000};
constexpr Pattern kArmCalls[] = {{0x0f000000, 0x0b000000},   // BL<c>
                                 {0x0ffffff0, 0x012fff30}};  // BLX<c> (register)
constexpr Pattern kArmCallToThumb{0xfe000000, 0xfa000000};
/// MOV LR, PC: the next instruction, which moves something to PC, is a call of before ARMv5T.
constexpr Pattern kArmSavesPc{0x0fffffff, 0x01a0e00f};

bool is_arm_call(Code code, bool big_endian) {
    const std::uint32_t first = word_at(code, 0, big_endian);
    if (code.size() == 8) return kArmSavesPc.matches(first);
    if (kArmCallToThumb.matches(first)) return true;
    return !kUnconditional.matches(first) && is_any(kArmCalls, first);
}

/// The same manual, F3.1. Halfwords stand in memory in the order of their addresses.
constexpr Pattern kThumbLongCalls[] = {{0xf800d000, 0xf000d000},   // BL
                                       {0xf800d001, 0xf000c000}};  // BLX (immediate)
constexpr Pattern kThumbRegisterCall{0xff87, 0x4780};

bool is_thumb_call(Code code, bool big_endian) {
    const std::uint32_t first = half_at(code, 0, big_endian);
    if (code.size() == 2) return kThumbRegisterCall.matches(first);
    return is_any(kThumbLongCalls, first << 16 | half_at(code, 2, big_endian));
}

/// RISC-V Instruction Set Manual, volume I: x1 (ra) and x5 (t0) are the registers that a call may
/// leave its return address in (2.5.1).
constexpr Pattern kRiscvCalls[] = {{0x00000fff, 0x000000ef},   // JAL ra
                                   {0x00000fff, 0x000002ef},   // JAL t0
                                   {0x00007fff, 0x000000e7},   // JALR ra
                                   {0x00007fff, 0x000002e7}};  // JALR t0
constexpr Pattern kRiscvShortCall{0xf07f, 0x9002};  // C.JALR; C.EBREAK where the register is x0
constexpr Pattern kRiscvBreak{0xffff, 0x9002};
constexpr Pattern kRiscvShortCall32{0xe003, 0x2001};  // C.JAL, C.ADDIW in RV64

bool is_riscv_call(Code code, const InstructionSet& set) {
    if (code.size() == 4) return is_any(kRiscvCalls, word_at(code, 0, false));
    const std::uint32_t first = half_at(code, 0, false);
    if (!set.is64 && kRiscvShortCall32.matches(first)) return true;
    return kRiscvShortCall.matches(first) && !kRiscvBreak.matches(first);
}

/// Power ISA, book I: branches whose LK bit is set (2.4).
constexpr Pattern kPpcCalls[] = {{0xfc000001, 0x48000001},   // bl, bla
                                 {0xfc000001, 0x40000001},   // bcl, bcla
                                 {0xfc0007ff, 0x4c000021},   // bclrl: blrl
                                 {0xfc0007ff, 0x4c000421},   // bcctrl: bctrl
                                 {0xfc0007ff, 0x4c000461}};  // bctarl
/// bcl 20,31,$+4 is how code learns its own address.
constexpr std::uint32_t kPpcGetsPc = 0x429f0005;

/// z/Architecture Principles of Operation (SA22-7832), 7; the first operand is the register that
/// gets the return address: %r14 by the ABI, %r0 for the compiler's call of mcount. Expolines are
/// BRASL to a thunk.
struct S390Call {
    std::size_t size;
    std::uint8_t opcode;
    std::uint8_t low_mask;  ///< of the second byte
    std::uint8_t low;
};
constexpr S390Call kS390Calls[] = {{6, 0xc0, 0x0f, 0x05},   // BRASL
                                   {4, 0xa7, 0x0f, 0x05},   // BRAS
                                   {4, 0x4d, 0x00, 0x00},   // BAS
                                   {2, 0x0d, 0x00, 0x00}};  // BASR

bool is_s390_call(Code code) {
    return std::ranges::any_of(kS390Calls, [&](const S390Call& call) {
        if (code.size() != call.size || code[0] != call.opcode) return false;
        const unsigned link = code[1] >> 4;
        const bool no_branch = call.size == 2 && (code[1] & 0x0f) == 0;
        return (code[1] & call.low_mask) == call.low && !no_branch &&
               (link == 14 || (link == 0 && call.size == 6));
    });
}

/// MIPS Architecture For Programmers, volume II-A (MD00086, MD00087). Release 6 has calls without a
/// delay slot.
constexpr Pattern kMipsCalls[] = {
    {0xfc000000, 0x0c000000},   // JAL
    {0xfc1ff83f, 0x0000f809},   // JALR $ra, JALR.HB
    {0xfc1c0000, 0x04100000}};  // BLTZAL, BGEZAL (BAL), BLTZALL, BGEZALL
constexpr Pattern kMipsCompactCalls[] = {{0xfc000000, 0xe8000000},   // BALC
                                         {0xffe00000, 0xf8000000}};  // JIALC

bool is_mips_call(Code code, bool big_endian) {
    const std::uint32_t first = word_at(code, 0, big_endian);
    return code.size() == 8 ? is_any(kMipsCalls, first) : is_any(kMipsCompactCalls, first);
}

/// LoongArch Reference Manual, volume 1, 2.2.9.
constexpr Pattern kLoongarchCalls[] = {{0xfc000000, 0x54000000},   // BL
                                       {0xfc00001f, 0x4c000001}};  // JIRL $ra

/// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: how long the FF /2 whose
/// ModRM byte this is would be, with opcode, ModRM, SIB and displacement.
bool is_indirect_call_size(std::uint8_t modrm, std::size_t size) {
    const unsigned mode = modrm >> 6;
    const unsigned base = modrm & 7;
    const std::size_t sib = mode != 3 && base == 4 ? 1 : 0;
    if (mode == 1) return size == 3 + sib;
    if (mode == 2) return size == 6 + sib;
    // Without a base, which the SIB byte says, there is a displacement.
    return size == 2 + sib || (mode == 0 && (base == 5 || sib == 1) && size == 6 + sib);
}

bool is_x86_indirect_call(Code code) {
    if (code.size() < 2 || code[0] != 0xff || (code[1] >> 3 & 7) != 2) return false;
    return is_indirect_call_size(code[1], code.size());
}

/// REX.W CB, lretq: the kernel leaves its start-up code by it, and has pushed the address after it
/// as the one to return to (arch/x86/kernel/head_64.S).
bool is_x86_far_return(Code code) {
    return code.size() == 2 && code[0] == 0x48 && code[1] == 0xcb;
}

/// UD2; UD0 in Linux 4.12; UD1, with a prefix, where it has operands.
bool is_x86_trap(Code code) {
    if (!code.empty() && code[0] == 0x67) code = code.subspan(1);
    return code.size() >= 2 && code[0] == 0x0f &&
           (code[1] == 0x0b || code[1] == 0xb9 || code[1] == 0xff);
}

constexpr Pattern kArm64Trap{0xffe0001f, 0xd4200000};        // BRK
constexpr Pattern kRiscvTrap{0xffffffff, 0x00100073};        // EBREAK
constexpr Pattern kPpcTraps[] = {{0xf8000000, 0x08000000},   // tdi, twi
                                 {0xfc0007fe, 0x7c000008},   // tw
                                 {0xfc0007fe, 0x7c000088}};  // td
constexpr Pattern kLoongarchTrap{0xffff8000, 0x002a0000};    // BREAK
constexpr std::uint8_t kS390Trap = 0xaf;                     // MC

/// The low `bits` of a field of words of `unit` bytes.
std::int64_t signed_field(std::uint64_t field, unsigned bits, std::int64_t unit) {
    const auto top = static_cast<std::int64_t>(field << (64 - bits));
    return (top >> (64 - bits)) * unit;
}

/// Of BL and B.W: the top bits are S, I1 and I2, of which I = !(J ^ S) (encodings T1 and T4).
std::int64_t thumb_distance(const InstructionSet& set, Code code) {
    const std::uint64_t first = half_at(code, 0, set.big_endian);
    const std::uint64_t second = half_at(code, 2, set.big_endian);
    const std::uint64_t sign = (first >> 10) & 1;
    const std::uint64_t i1 = ~((second >> 13) ^ sign) & 1;
    const std::uint64_t i2 = ~((second >> 11) ^ sign) & 1;
    const std::uint64_t field =
        sign << 23 | i1 << 22 | i2 << 21 | (first & 0x3ff) << 11 | (second & 0x7ff);
    return signed_field(field, 24, 2) + 4;  // from two instructions on
}

std::optional<std::int64_t> arm_distance(const InstructionSet& set, Code call) {
    if (call.size() != 4) return std::nullopt;
    if (set.thumb) {
        // Where BLX leads depends on the address it is at.
        const auto halves =
            half_at(call, 0, set.big_endian) << 16 | half_at(call, 2, set.big_endian);
        if (!kThumbLongCalls[0].matches(halves)) return std::nullopt;
        return thumb_distance(set, call);
    }
    const std::uint32_t word = word_at(call, 0, set.big_endian);
    if (kArmCalls[1].matches(word)) return std::nullopt;
    const std::int64_t half = kArmCallToThumb.matches(word) && (word & 0x01000000) != 0 ? 2 : 0;
    return signed_field(word, 24, 4) + half + 8;  // from two instructions on
}

/// JAL's immediate: bits 20, 10:1, 11 and 19:12.
std::optional<std::int64_t> riscv_distance(Code call) {
    const std::uint64_t word = word_at(call, 0, false);
    if (call.size() != 4 || (word & 0x7f) != 0x6f) return std::nullopt;
    const std::uint64_t field = (word >> 31) << 19 | (word >> 12 & 0xff) << 11 |
                                (word >> 20 & 1) << 10 | (word >> 21 & 0x3ff);
    return signed_field(field, 20, 2);
}

/// bl; bla goes to an absolute address, and calls on a condition are not made by compilers.
std::optional<std::int64_t> ppc_distance(std::uint32_t word) {
    if ((word & 0xfc000003) != 0x48000001) return std::nullopt;
    return signed_field(word >> 2, 24, 4);
}

std::optional<std::int64_t> s390_distance(Code call) {
    if (call.size() == 6) return signed_field(word_at(call, 2, true), 32, 2);
    if (call.size() == 4 && call[0] == 0xa7) return signed_field(half_at(call, 2, true), 16, 2);
    return std::nullopt;
}

/// Of BL and B: the low 16 bits of the immediate come after the high 10.
std::int64_t loongarch_distance(std::uint32_t word) {
    return signed_field(std::uint64_t{word & 0x3ff} << 16 | (word >> 10 & 0xffff), 26, 4);
}

/// E9, a displacement of 32 bits; EB, one of 8.
std::optional<std::int64_t> x86_jump_distance(Code code) {
    if (code.size() >= kX86NearCall && code[code.size() - kX86NearCall] == 0xe9) {
        return static_cast<std::int32_t>(word_at(code.last(4), 0, false));
    }
    if (code.size() < 2 || code[code.size() - 2] != 0xeb) return std::nullopt;
    return static_cast<std::int8_t>(code.back());
}

/// From where the call begins; x86 counts from its end.
std::optional<std::int64_t> distance_from_start(const InstructionSet& set, Code call) {
    const std::uint32_t word = word_at(call, 0, set.big_endian);
    switch (set.machine) {
        case elf::kArm64:
            if (!kArm64Calls[0].matches(word)) return std::nullopt;
            return signed_field(word, 26, 4);
        case elf::kArm: return arm_distance(set, call);
        case elf::kRiscv: return riscv_distance(call);
        case elf::kPpc:
        case elf::kPpc64: return ppc_distance(word);
        case elf::kS390: return s390_distance(call);
        case elf::kLoongarch:
            if (!kLoongarchCalls[0].matches(word)) return std::nullopt;
            return loongarch_distance(word);
        default: return std::nullopt;
    }
}

}  // namespace

Code last_call(const InstructionSet& set, Code code) {
    for (const std::size_t size : call_sizes(set)) {
        if (size <= code.size() && is_call(set, code.last(size))) return code.last(size);
    }
    return {};
}

std::optional<std::int64_t> call_distance(const InstructionSet& set, Code call) {
    if (set.machine == elf::kX86_64 || set.machine == elf::kI386) {
        if (!is_x86_near_call(call)) return std::nullopt;
        return static_cast<std::int32_t>(word_at(call, 1, false));
    }
    const auto distance = distance_from_start(set, call);
    if (!distance) return std::nullopt;
    return *distance - static_cast<std::int64_t>(call.size());
}

std::optional<std::int64_t> jump_distance(const InstructionSet& set, Code code) {
    constexpr Pattern kArmJump{0xff000000, 0xea000000}, kThumbJump{0xf800d000, 0xf0009000};
    constexpr std::size_t kJump = 4;
    if (set.machine == elf::kX86_64 || set.machine == elf::kI386) return x86_jump_distance(code);
    if (set.machine == elf::kS390) {
        constexpr std::size_t kLong = 6;  // JGLU, which is BRCL on any condition
        if (code.size() < kLong || code[code.size() - kLong] != 0xc0 ||
            code[code.size() - kLong + 1] != 0xf4) {
            return std::nullopt;
        }
        return signed_field(word_at(code.last(kJump), 0, true), 32, 2) - std::int64_t{kLong};
    }
    if (code.size() < kJump) return std::nullopt;
    const Code jump = code.last(kJump);
    const std::uint32_t word = word_at(jump, 0, set.big_endian);
    std::optional<std::int64_t> distance;
    switch (set.machine) {
        case elf::kArm64:
            if ((word & 0xfc000000) == 0x14000000) distance = signed_field(word, 26, 4);
            break;
        case elf::kArm:
            if (set.thumb) {
                const auto halves =
                    half_at(jump, 0, set.big_endian) << 16 | half_at(jump, 2, set.big_endian);
                if (kThumbJump.matches(halves)) distance = thumb_distance(set, jump);
            } else if (kArmJump.matches(word)) {
                distance = signed_field(word, 24, 4) + 8;
            }
            break;
        case elf::kRiscv:
            if ((word & 0xfff) == 0x6f) distance = riscv_distance(jump);  // JAL zero
            break;
        case elf::kPpc:
        case elf::kPpc64:
            if ((word & 0xfc000003) == 0x48000000) distance = signed_field(word >> 2, 24, 4);
            break;
        case elf::kLoongarch:
            if ((word & 0xfc000000) == 0x50000000) distance = loongarch_distance(word);
            break;
        default: break;
    }
    if (!distance) return std::nullopt;
    return *distance - std::int64_t{kJump};
}

bool is_trap(const InstructionSet& set, Code code) {
    const std::uint32_t first = word_at(code, 0, set.big_endian);
    switch (set.machine) {
        case elf::kI386:
        case elf::kX86_64: return is_x86_trap(code);
        case elf::kArm64: return kArm64Trap.matches(first);
        case elf::kRiscv:
            return kRiscvTrap.matches(first) || kRiscvBreak.matches(half_at(code, 0, false));
        case elf::kPpc:
        case elf::kPpc64: return is_any(kPpcTraps, first);
        case elf::kS390: return !code.empty() && code[0] == kS390Trap;
        case elf::kLoongarch: return kLoongarchTrap.matches(first);
        default: return false;
    }
}

std::uint32_t word_at(Code code, std::size_t at, bool big_endian) {
    if (code.size() < at + 4) return 0;
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 4; ++i) word = word << 8 | code[at + (big_endian ? i : 3 - i)];
    return word;
}

bool is_call_through_table(const InstructionSet& set, Code call) {
    constexpr std::size_t kSize = 6;
    return set.machine == elf::kX86_64 && call.size() == kSize && call[0] == 0xff &&
           call[1] == 0x15;
}

bool is_x86_near_call(Code code) {
    return code.size() == kX86NearCall && code[0] == 0xe8;
}

std::span<const std::uint8_t> call_sizes(const InstructionSet& set) {
    static constexpr std::uint8_t kX86[] = {5, 6, 2, 3, 4, 7};
    static constexpr std::uint8_t kS390[] = {6, 4, 2};
    static constexpr std::uint8_t kMips[] = {8, 4};
    static constexpr std::uint8_t kArm[] = {4, 8};
    static constexpr std::uint8_t kHalves[] = {4, 2};
    static constexpr std::uint8_t kWord[] = {4};
    switch (set.machine) {
        case elf::kI386:
        case elf::kX86_64: return kX86;
        case elf::kS390: return kS390;
        case elf::kMips: return kMips;
        case elf::kArm: return set.thumb ? std::span<const std::uint8_t>(kHalves) : kArm;
        case elf::kRiscv: return kHalves;
        case elf::kArm64:
        case elf::kPpc:
        case elf::kPpc64:
        case elf::kLoongarch: return kWord;
        default: return {};
    }
}

bool is_call(const InstructionSet& set, Code code) {
    const std::uint32_t first = word_at(code, 0, set.big_endian);
    switch (set.machine) {
        case elf::kI386:
        case elf::kX86_64:
            return is_x86_near_call(code) || is_x86_indirect_call(code) || is_x86_far_return(code);
        case elf::kArm64: return is_any(kArm64Calls, first);
        case elf::kArm:
            return set.thumb ? is_thumb_call(code, set.big_endian)
                             : is_arm_call(code, set.big_endian);
        case elf::kRiscv: return is_riscv_call(code, set);
        case elf::kPpc:
        case elf::kPpc64: return first != kPpcGetsPc && is_any(kPpcCalls, first);
        case elf::kS390: return is_s390_call(code);
        case elf::kMips: return is_mips_call(code, set.big_endian);
        case elf::kLoongarch: return is_any(kLoongarchCalls, first);
        default: return false;
    }
}

std::size_t instruction_size(const InstructionSet& set, Code code) {
    if (code.empty()) return 0;
    if (set.machine == elf::kX86_64 || set.machine == elf::kI386)
        return x86_instruction_size(code, set.is64);
    if (set.machine == elf::kRiscv) return (code[0] & 3) == 3 ? 4 : 2;
    if (set.machine != elf::kS390) return 0;
    const unsigned length = code[0] >> 6;
    return length == 0 ? 2 : length == 3 ? 6 : 4;
}

}  // namespace symline::symbolize
