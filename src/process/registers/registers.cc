#include "process/registers/registers.h"

#include <algorithm>
#include <array>

#include "elf/constants.h"

namespace symline::process {
namespace {

/// One register of pr_reg. `kNone`: unwinding uses no DWARF number of the register.
struct Slot {
    std::uint16_t index;  ///< in registers from the start of pr_reg
    std::uint16_t dwarf;
    std::string_view name;
};
constexpr std::uint16_t kNone = kNoDwarfNumber;

// struct user_regs_struct, arch/x86/include/asm/user_64.h; numbers: System V ABI, AMD64,
// figure 3.36
constexpr std::array<Slot, 18> kX86_64Slots{{
    {10, 0, "rax"},
    {12, 1, "rdx"},
    {11, 2, "rcx"},
    {5, 3, "rbx"},
    {13, 4, "rsi"},
    {14, 5, "rdi"},
    {4, 6, "rbp"},
    {19, 7, "rsp"},
    {9, 8, "r8"},
    {8, 9, "r9"},
    {7, 10, "r10"},
    {6, 11, "r11"},
    {3, 12, "r12"},
    {2, 13, "r13"},
    {1, 14, "r14"},
    {0, 15, "r15"},
    {16, 16, "rip"},
    {18, kNone, "eflags"},
}};
// struct user_regs_struct, arch/x86/include/asm/user_32.h; System V ABI, Intel386, table 2.14
constexpr std::array<Slot, 10> kI386Slots{{
    {6, 0, "eax"},
    {1, 1, "ecx"},
    {2, 2, "edx"},
    {0, 3, "ebx"},
    {15, 4, "esp"},
    {5, 5, "ebp"},
    {3, 6, "esi"},
    {4, 7, "edi"},
    {12, 8, "eip"},
    {14, kNone, "eflags"},
}};
// struct user_pt_regs, arch/arm64/include/uapi/asm/ptrace.h; DWARF for the Arm 64-bit Architecture
constexpr std::array<Slot, 34> kAarch64Slots{{
    {0, 0, "x0"},    {1, 1, "x1"},    {2, 2, "x2"},      {3, 3, "x3"},          {4, 4, "x4"},
    {5, 5, "x5"},    {6, 6, "x6"},    {7, 7, "x7"},      {8, 8, "x8"},          {9, 9, "x9"},
    {10, 10, "x10"}, {11, 11, "x11"}, {12, 12, "x12"},   {13, 13, "x13"},       {14, 14, "x14"},
    {15, 15, "x15"}, {16, 16, "x16"}, {17, 17, "x17"},   {18, 18, "x18"},       {19, 19, "x19"},
    {20, 20, "x20"}, {21, 21, "x21"}, {22, 22, "x22"},   {23, 23, "x23"},       {24, 24, "x24"},
    {25, 25, "x25"}, {26, 26, "x26"}, {27, 27, "x27"},   {28, 28, "x28"},       {29, 29, "x29"},
    {30, 30, "x30"}, {31, 31, "sp"},  {32, kNone, "pc"}, {33, kNone, "pstate"},
}};
// struct pt_regs, arch/arm/include/asm/ptrace.h; DWARF for the Arm Architecture
constexpr std::array<Slot, 17> kArmSlots{{
    {0, 0, "r0"},
    {1, 1, "r1"},
    {2, 2, "r2"},
    {3, 3, "r3"},
    {4, 4, "r4"},
    {5, 5, "r5"},
    {6, 6, "r6"},
    {7, 7, "r7"},
    {8, 8, "r8"},
    {9, 9, "r9"},
    {10, 10, "r10"},
    {11, 11, "r11"},
    {12, 12, "r12"},
    {13, 13, "sp"},
    {14, 14, "lr"},
    {15, 15, "pc"},
    {16, kNone, "cpsr"},
}};
// struct pt_regs, arch/powerpc/include/uapi/asm/ptrace.h, of 32 and 64 bits; 64-bit ELF V2 ABI,
// table 2.20. 32-bit code has the same numbers in .eh_frame and .debug_frame.
constexpr std::array<Slot, 36> kPpcSlots{{
    {0, 0, "r0"},    {1, 1, "r1"},    {2, 2, "r2"},       {3, 3, "r3"},       {4, 4, "r4"},
    {5, 5, "r5"},    {6, 6, "r6"},    {7, 7, "r7"},       {8, 8, "r8"},       {9, 9, "r9"},
    {10, 10, "r10"}, {11, 11, "r11"}, {12, 12, "r12"},    {13, 13, "r13"},    {14, 14, "r14"},
    {15, 15, "r15"}, {16, 16, "r16"}, {17, 17, "r17"},    {18, 18, "r18"},    {19, 19, "r19"},
    {20, 20, "r20"}, {21, 21, "r21"}, {22, 22, "r22"},    {23, 23, "r23"},    {24, 24, "r24"},
    {25, 25, "r25"}, {26, 26, "r26"}, {27, 27, "r27"},    {28, 28, "r28"},    {29, 29, "r29"},
    {30, 30, "r30"}, {31, 31, "r31"}, {32, kNone, "nip"}, {33, kNone, "msr"}, {35, 66, "ctr"},
    {36, 65, "lr"},
}};
// s390_regs, arch/s390/include/uapi/asm/ptrace.h: psw.mask, psw.addr, gprs; ELF ABI s390x, 1.5
constexpr std::array<Slot, 18> kS390Slots{{
    {2, 0, "r0"},
    {3, 1, "r1"},
    {4, 2, "r2"},
    {5, 3, "r3"},
    {6, 4, "r4"},
    {7, 5, "r5"},
    {8, 6, "r6"},
    {9, 7, "r7"},
    {10, 8, "r8"},
    {11, 9, "r9"},
    {12, 10, "r10"},
    {13, 11, "r11"},
    {14, 12, "r12"},
    {15, 13, "r13"},
    {16, 14, "r14"},
    {17, 15, "r15"},
    {0, kNone, "pswm"},
    {1, kNone, "pswa"},
}};
// elf_gregset_t of MIPS, arch/mips/include/uapi/asm/reg.h: o32 has six words before the first
// register. n32 and n64 have none; their registers have 8 bytes.
constexpr std::array<Slot, 38> kMipsO32Slots{{
    {6, 0, "zero"},        {7, 1, "at"},         {8, 2, "v0"},      {9, 3, "v1"},
    {10, 4, "a0"},         {11, 5, "a1"},        {12, 6, "a2"},     {13, 7, "a3"},
    {14, 8, "t0"},         {15, 9, "t1"},        {16, 10, "t2"},    {17, 11, "t3"},
    {18, 12, "t4"},        {19, 13, "t5"},       {20, 14, "t6"},    {21, 15, "t7"},
    {22, 16, "s0"},        {23, 17, "s1"},       {24, 18, "s2"},    {25, 19, "s3"},
    {26, 20, "s4"},        {27, 21, "s5"},       {28, 22, "s6"},    {29, 23, "s7"},
    {30, 24, "t8"},        {31, 25, "t9"},       {32, 26, "k0"},    {33, 27, "k1"},
    {34, 28, "gp"},        {35, 29, "sp"},       {36, 30, "fp"},    {37, 31, "ra"},
    {38, kNone, "lo"},     {39, kNone, "hi"},    {40, kNone, "pc"}, {41, kNone, "badvaddr"},
    {42, kNone, "status"}, {43, kNone, "cause"},
}};
constexpr std::array<Slot, 38> kMips64Slots{{
    {0, 0, "zero"},        {1, 1, "at"},         {2, 2, "v0"},      {3, 3, "v1"},
    {4, 4, "a0"},          {5, 5, "a1"},         {6, 6, "a2"},      {7, 7, "a3"},
    {8, 8, "a4"},          {9, 9, "a5"},         {10, 10, "a6"},    {11, 11, "a7"},
    {12, 12, "t0"},        {13, 13, "t1"},       {14, 14, "t2"},    {15, 15, "t3"},
    {16, 16, "s0"},        {17, 17, "s1"},       {18, 18, "s2"},    {19, 19, "s3"},
    {20, 20, "s4"},        {21, 21, "s5"},       {22, 22, "s6"},    {23, 23, "s7"},
    {24, 24, "t8"},        {25, 25, "t9"},       {26, 26, "k0"},    {27, 27, "k1"},
    {28, 28, "gp"},        {29, 29, "sp"},       {30, 30, "fp"},    {31, 31, "ra"},
    {32, kNone, "lo"},     {33, kNone, "hi"},    {34, kNone, "pc"}, {35, kNone, "badvaddr"},
    {36, kNone, "status"}, {37, kNone, "cause"},
}};
// struct user_pt_regs, arch/loongarch/include/uapi/asm/ptrace.h; LoongArch ELF psABI, DWARF
constexpr std::array<Slot, 34> kLoongarchSlots{{
    {0, 0, "zero"}, {1, 1, "ra"},    {2, 2, "tp"},      {3, 3, "sp"},        {4, 4, "a0"},
    {5, 5, "a1"},   {6, 6, "a2"},    {7, 7, "a3"},      {8, 8, "a4"},        {9, 9, "a5"},
    {10, 10, "a6"}, {11, 11, "a7"},  {12, 12, "t0"},    {13, 13, "t1"},      {14, 14, "t2"},
    {15, 15, "t3"}, {16, 16, "t4"},  {17, 17, "t5"},    {18, 18, "t6"},      {19, 19, "t7"},
    {20, 20, "t8"}, {21, 21, "r21"}, {22, 22, "fp"},    {23, 23, "s0"},      {24, 24, "s1"},
    {25, 25, "s2"}, {26, 26, "s3"},  {27, 27, "s4"},    {28, 28, "s5"},      {29, 29, "s6"},
    {30, 30, "s7"}, {31, 31, "s8"},  {33, kNone, "pc"}, {34, kNone, "badv"},
}};
// struct user_regs_struct, arch/riscv/include/uapi/asm/ptrace.h; RISC-V ABIs, DWARF register
// numbers
constexpr std::array<Slot, 32> kRiscvSlots{{
    {0, kNone, "pc"}, {1, 1, "ra"},    {2, 2, "sp"},    {3, 3, "gp"},   {4, 4, "tp"},
    {5, 5, "t0"},     {6, 6, "t1"},    {7, 7, "t2"},    {8, 8, "s0"},   {9, 9, "s1"},
    {10, 10, "a0"},   {11, 11, "a1"},  {12, 12, "a2"},  {13, 13, "a3"}, {14, 14, "a4"},
    {15, 15, "a5"},   {16, 16, "a6"},  {17, 17, "a7"},  {18, 18, "s2"}, {19, 19, "s3"},
    {20, 20, "s4"},   {21, 21, "s5"},  {22, 22, "s6"},  {23, 23, "s7"}, {24, 24, "s8"},
    {25, 25, "s9"},   {26, 26, "s10"}, {27, 27, "s11"}, {28, 28, "t3"}, {29, 29, "t4"},
    {30, 30, "t5"},   {31, 31, "t6"},
}};

// elf_gregset_t of SPARC, arch/sparc/include/asm/elf_64.h and elf_32.h; System V ABI, SPARC
// Processor Supplement: registers of 4 or of 8 bytes.
constexpr std::array<Slot, 35> kSparcSlots{{
    {0, 0, "g0"},   {1, 1, "g1"},   {2, 2, "g2"},      {3, 3, "g3"},       {4, 4, "g4"},
    {5, 5, "g5"},   {6, 6, "g6"},   {7, 7, "g7"},      {8, 8, "o0"},       {9, 9, "o1"},
    {10, 10, "o2"}, {11, 11, "o3"}, {12, 12, "o4"},    {13, 13, "o5"},     {14, 14, "sp"},
    {15, 15, "o7"}, {16, 16, "l0"}, {17, 17, "l1"},    {18, 18, "l2"},     {19, 19, "l3"},
    {20, 20, "l4"}, {21, 21, "l5"}, {22, 22, "l6"},    {23, 23, "l7"},     {24, 24, "i0"},
    {25, 25, "i1"}, {26, 26, "i2"}, {27, 27, "i3"},    {28, 28, "i4"},     {29, 29, "i5"},
    {30, 30, "fp"}, {31, 31, "i7"}, {33, kNone, "pc"}, {34, kNone, "npc"}, {35, kNone, "y"},
}};

// Where the canonical frame address lies above the stack pointer: ELF ABI s390x, 1.6, and that of
// 31-bit s390; the bias of stack pointers of SPARC V9 (SPARC Compliance Definition 2.4, 3P).
constexpr std::uint64_t kS390Bias = 160, kS390Bias31 = 96, kSparcBias = 2047;
constexpr std::uint64_t kS390Mask31 = 0x7fff'ffff, kSparcReturn = 8, kAllBits = ~std::uint64_t{0};

struct Description {
    MachineFacts facts;
    std::span<const Slot> slots;
    std::string_view pc;
};

// The frame chains: GCC's -fno-omit-frame-pointer code. PowerPC, s390, MIPS and SPARC have none of
// that form. Where machine and word size say it twice, the first is the usual one.
const std::array kMachines{
    Description{{elf::kX86_64, 8, 8, 7, 6, {}, 0, 8, 16}, kX86_64Slots, "rip"},
    Description{{elf::kX86_64, 4, 8, 7, 6, {}, 0, 8, 16}, kX86_64Slots, "rip"},  // x32
    Description{{elf::kI386, 4, 4, 4, 5, {}, 0, 4, 8}, kI386Slots, "eip"},
    Description{{elf::kArm64, 8, 8, 31, 29, 30, 0, 8, {}}, kAarch64Slots, "pc"},
    Description{{elf::kArm, 4, 4, 13, {}, 14, 0, 0, 15, ~std::uint64_t{1}}, kArmSlots, "pc"},
    Description{{elf::kPpc64, 8, 8, 1, {}, 65, 0, 0, {}}, kPpcSlots, "nip"},
    Description{{elf::kPpc, 4, 4, 1, {}, 65, 0, 0, {}}, kPpcSlots, "nip"},
    Description{{elf::kS390, 8, 8, 15, {}, 14, 0, 0, {}, kAllBits, kS390Bias}, kS390Slots, "pswa"},
    Description{
        {elf::kS390, 4, 4, 15, {}, 14, 0, 0, {}, kS390Mask31, kS390Bias31}, kS390Slots, "pswa"},
    Description{{elf::kMips, 8, 8, 29, {}, 31, 0, 0, {}}, kMips64Slots, "pc"},
    Description{{elf::kMips, 4, 4, 29, {}, 31, 0, 0, {}}, kMipsO32Slots, "pc"},
    Description{{elf::kMips, 4, 8, 29, {}, 31, 0, 0, {}}, kMips64Slots, "pc"},  // n32
    Description{{elf::kRiscv, 8, 8, 2, 8, 1, -16, -8, {}}, kRiscvSlots, "pc"},
    Description{{elf::kRiscv, 4, 4, 2, 8, 1, -8, -4, {}}, kRiscvSlots, "pc"},
    Description{{elf::kLoongarch, 8, 8, 3, 22, 1, -16, -8, {}}, kLoongarchSlots, "pc"},
    Description{{elf::kSparcV9, 8, 8, 14, {}, 15, 0, 0, {}, kAllBits, kSparcBias, kSparcReturn},
                kSparcSlots,
                "pc"},
    Description{
        {elf::kSparc, 4, 4, 14, {}, 15, 0, 0, {}, kAllBits, 0, kSparcReturn}, kSparcSlots, "pc"},
    Description{{elf::kSparc32Plus, 4, 4, 14, {}, 15, 0, 0, {}, kAllBits, 0, kSparcReturn},
                kSparcSlots,
                "pc"},
};

const Description& describe(const MachineFacts& facts) {
    return *std::ranges::find_if(kMachines,
                                 [&](const auto& each) { return &each.facts == &facts; });
}

}  // namespace

std::optional<std::uint64_t> Registers::by_number(std::uint16_t dwarf) const {
    const auto found = std::ranges::find(values, dwarf, &Value::dwarf);
    if (dwarf == kNoDwarfNumber || found == values.end()) return std::nullopt;
    return found->value;
}

void Registers::set(std::uint16_t dwarf, std::uint64_t value) {
    const auto found = std::ranges::find(values, dwarf, &Value::dwarf);
    if (found != values.end()) {
        found->value = value;
    } else {
        values.push_back({dwarf, value, {}});
    }
}

const MachineFacts* machine_facts(std::uint16_t machine, unsigned word_size,
                                  unsigned register_size) {
    for (const Description& each : kMachines) {
        const MachineFacts& facts = each.facts;
        if (facts.machine == machine && facts.word_size == word_size &&
            (register_size == 0 || facts.register_size == register_size)) {
            return &facts;
        }
    }
    return nullptr;
}

bool has_register(const MachineFacts& facts, std::uint64_t dwarf) {
    const auto slots = describe(facts).slots;
    return dwarf != kNoDwarfNumber && std::ranges::find(slots, dwarf, &Slot::dwarf) != slots.end();
}

std::size_t register_bytes(const MachineFacts& facts) {
    const auto slots = describe(facts).slots;
    const auto last = std::ranges::max(slots, {}, &Slot::index);
    return (last.index + std::size_t{1}) * facts.register_size;
}

std::optional<Registers> read_registers(const MachineFacts& facts, base::Bytes bytes,
                                        bool big_endian) {
    if (bytes.size() < register_bytes(facts)) return std::nullopt;
    const Description& machine = describe(facts);
    Registers registers;
    for (const Slot& slot : machine.slots) {
        base::Cursor cursor(bytes, big_endian, std::uint64_t{slot.index} * facts.register_size);
        const auto value = cursor.word(facts.register_size);
        registers.values.push_back({slot.dwarf, value, slot.name});
        if (slot.name == machine.pc) registers.pc = value & facts.code_mask;
    }
    return registers;
}

}  // namespace symline::process
