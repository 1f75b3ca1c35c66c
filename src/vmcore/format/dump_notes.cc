#include "vmcore/format/dump_notes.h"

#include "base/bytes.h"
#include "elf/notes.h"

namespace symline::vmcore {
namespace {

constexpr std::uint32_t kPrstatus = 1, kFloatingPoint = 2, kProcessInfo = 3;
/// Of each CPU of s390x, where no process has it: NT_S390_PREFIX.
constexpr std::uint32_t kPrefix = 0x305;
constexpr std::size_t kPidAt = 32;
constexpr std::size_t kRegistersAt = 112;
/// Of a whole struct elf_prstatus; that of x86-64 has as many bytes as that of s390x.
constexpr std::size_t kArm64Prstatus = 392, kRiscvPrstatus = 376, kPpc64Prstatus = 504,
                      kS390Prstatus = 336;
constexpr std::size_t kMaxCpus = 8192;  // NR_CPUS at most
/// Of QEMU's own note (struct QEMUCPUState of target/i386/arch_dump.c): two words, 18 registers,
/// ten segments of 24 bytes, then cr0 to cr4.
constexpr std::size_t kControlRegistersAt = 8 + std::size_t{18} * 8 + std::size_t{10} * 24;

constexpr std::array kRegisters{
    &KernelRegisters::r15,     &KernelRegisters::r14, &KernelRegisters::r13,
    &KernelRegisters::r12,     &KernelRegisters::bp,  &KernelRegisters::bx,
    &KernelRegisters::r11,     &KernelRegisters::r10, &KernelRegisters::r9,
    &KernelRegisters::r8,      &KernelRegisters::ax,  &KernelRegisters::cx,
    &KernelRegisters::dx,      &KernelRegisters::si,  &KernelRegisters::di,
    &KernelRegisters::orig_ax, &KernelRegisters::ip,  &KernelRegisters::cs,
    &KernelRegisters::flags,   &KernelRegisters::sp,  &KernelRegisters::ss};
static_assert(kRegisters.size() * 8 == KernelRegisters::kPtRegsSize);

template <typename Registers>
std::optional<CpuRegisters> registers_in(base::Bytes prstatus, bool big_endian) {
    if (prstatus.size() < kRegistersAt + Registers::kPtRegsSize) return std::nullopt;
    const auto bytes = prstatus.subspan(kRegistersAt).template first<Registers::kPtRegsSize>();
    if constexpr (requires { Registers::from_pt_regs(bytes, big_endian); }) {
        return Registers::from_pt_regs(bytes, big_endian);
    } else {
        return Registers::from_pt_regs(bytes);
    }
}

std::optional<CpuRegisters> registers_of(std::uint16_t machine, base::Bytes prstatus,
                                         bool big_endian) {
    switch (machine) {
        case elf::kArm64: return registers_in<Arm64Registers>(prstatus, big_endian);
        case elf::kRiscv: return registers_in<RiscvRegisters>(prstatus, big_endian);
        case elf::kPpc64: return registers_in<Ppc64Registers>(prstatus, big_endian);
        case elf::kS390: return registers_in<S390Registers>(prstatus, big_endian);
        default: return registers_in<KernelRegisters>(prstatus, big_endian);
    }
}

void take_cpu(DumpNotes& notes, base::Bytes prstatus, bool big_endian) {
    const auto registers = registers_of(notes.machine, prstatus, big_endian);
    if (!registers) return;
    const auto pid = base::load<std::uint32_t>(prstatus.data() + kPidAt, big_endian);
    notes.cpus.push_back(
        {static_cast<unsigned>(notes.cpus.size()), static_cast<int>(pid), *registers});
}

/// Of the CPU whose registers came before.
void take_prefix(DumpNotes& notes, base::Bytes contents, bool big_endian) {
    if (notes.cpus.empty() || contents.size() < 4) return;
    auto* const registers = std::get_if<S390Registers>(&notes.cpus.back().registers);
    if (registers == nullptr) return;
    registers->prefix = base::load<std::uint32_t>(contents.data(), big_endian);
}

void take(DumpNotes& notes, const elf::Note& note, bool big_endian) {
    const auto& [name, type, contents] = note;
    if (name == "CORE" && type == kPrstatus && notes.cpus.size() < kMaxCpus) {
        take_cpu(notes, contents, big_endian);
    } else if (name == "VMCOREINFO" && notes.vmcoreinfo.empty()) {
        notes.vmcoreinfo =
            Vmcoreinfo({reinterpret_cast<const char*>(contents.data()), contents.size()});
    } else if (name == "LINUX" && type == kPrefix) {
        notes.by_qemu = true;
        take_prefix(notes, contents, big_endian);
    } else if (name == "QEMU") {
        notes.by_qemu = true;
        constexpr std::size_t kCr3 = kControlRegistersAt + std::size_t{3} * 8;
        if (!notes.page_table && contents.size() >= kCr3 + 8) {
            notes.page_table = base::load<std::uint64_t>(contents.data() + kCr3, big_endian);
        }
    }
}

/// Of dumps whose header does not know it: QEMU writes "Unknown" into those of arm64.
std::uint16_t machine_of_notes(const DumpHeader& header) {
    elf::NoteWalk walk(header.notes, header.big_endian);
    while (const auto note = walk.next()) {
        if (note->name != "CORE" || note->type != kPrstatus) continue;
        switch (note->contents.size()) {
            case kArm64Prstatus: return elf::kArm64;
            case kRiscvPrstatus: return elf::kRiscv;
            case kPpc64Prstatus: return elf::kPpc64;
            case kS390Prstatus: return header.big_endian ? elf::kS390 : elf::kX86_64;
            default: return header.big_endian ? std::uint16_t{0} : elf::kX86_64;
        }
    }
    return elf::kX86_64;
}

/// Memory: where it lies physically does not tell dumps of it from cores of processes.
bool begins_at_zero(std::uint16_t machine) {
    return machine == elf::kPpc64;
}

}  // namespace

KernelRegisters KernelRegisters::from_pt_regs(std::span<const std::uint8_t, kPtRegsSize> bytes) {
    base::Cursor in(bytes, false);
    KernelRegisters registers;
    for (auto member : kRegisters) registers.*member = in.u64();
    return registers;
}

std::vector<NamedRegister> KernelRegisters::named() const {
    return {{"rip", ip},  {"rsp", sp},  {"rbp", bp},       {"rax", ax},  {"rbx", bx},
            {"rcx", cx},  {"rdx", dx},  {"rsi", si},       {"rdi", di},  {"r8", r8},
            {"r9", r9},   {"r10", r10}, {"r11", r11},      {"r12", r12}, {"r13", r13},
            {"r14", r14}, {"r15", r15}, {"eflags", flags}, {"cs", cs},   {"ss", ss}};
}

Arm64Registers Arm64Registers::from_pt_regs(std::span<const std::uint8_t, kPtRegsSize> bytes) {
    base::Cursor in(bytes, false);
    Arm64Registers registers;
    for (std::uint64_t& each : registers.x) each = in.u64();
    registers.sp = in.u64();
    registers.ip = in.u64();
    registers.pstate = in.u64();
    return registers;
}

std::vector<NamedRegister> Arm64Registers::named() const {
    static constexpr std::array<std::string_view, 31> kNames{
        "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",  "x8",  "x9",  "x10",
        "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20", "x21",
        "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30"};
    std::vector<NamedRegister> all{{"pc", ip}, {"sp", sp}};
    for (std::size_t i = 0; i < x.size(); ++i) all.push_back({kNames[i], x[i]});
    all.push_back({"pstate", pstate});
    return all;
}

RiscvRegisters RiscvRegisters::from_pt_regs(std::span<const std::uint8_t, kPtRegsSize> bytes) {
    base::Cursor in(bytes, false);
    RiscvRegisters registers;
    for (std::uint64_t& each : registers.x) each = in.u64();
    registers.ip = registers.x[0];
    registers.sp = registers.x[2];
    return registers;
}

std::vector<NamedRegister> RiscvRegisters::named() const {
    static constexpr std::array<std::string_view, 32> kNames{
        "pc", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
        "a1", "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
        "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
    std::vector<NamedRegister> all;
    all.reserve(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) all.push_back({kNames[i], x[i]});
    return all;
}

S390Registers S390Registers::from_pt_regs(std::span<const std::uint8_t, kPtRegsSize> bytes) {
    base::Cursor in(bytes, true);
    S390Registers registers;
    registers.mask = in.u64();
    registers.ip = in.u64();
    for (std::uint64_t& each : registers.r) each = in.u64();
    registers.sp = registers.r[kStackPointer];
    return registers;
}

std::vector<NamedRegister> S390Registers::named() const {
    static constexpr std::array<std::string_view, 16> kNames{
        "r0", "r1", "r2",  "r3",  "r4",  "r5",  "r6",  "r7",
        "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
    std::vector<NamedRegister> all{{"pswm", mask}, {"pswa", ip}};
    for (std::size_t i = 0; i < r.size(); ++i) all.push_back({kNames[i], r[i]});
    return all;
}

std::vector<NamedRegister> named(const CpuRegisters& registers) {
    return std::visit([](const auto& each) { return each.named(); }, registers);
}

DumpNotes read_dump_notes(const DumpHeader& header) {
    DumpNotes notes;
    notes.machine = header.machine != 0 ? header.machine : machine_of_notes(header);
    // A kernel pads the notes of each CPU to its own size with zeros, which read as empty notes.
    elf::NoteWalk walk(header.notes, header.big_endian);
    bool floating_point = false, of_process = false;
    while (const auto note = walk.next()) {
        take(notes, *note, header.big_endian);
        if (note->name != "CORE") continue;
        floating_point = floating_point || note->type == kFloatingPoint;
        of_process = of_process || note->type == kProcessInfo;
    }
    // Of other machines than x86 QEMU has no note of its own, but the kernel writes no such one.
    if (floating_point && (header.physical || (begins_at_zero(notes.machine) && !of_process))) {
        notes.by_qemu = true;
    }
    if (!header.vmcoreinfo.empty()) {
        notes.vmcoreinfo = Vmcoreinfo(
            {reinterpret_cast<const char*>(header.vmcoreinfo.data()), header.vmcoreinfo.size()});
    }
    // The kernel never leaves that out, and no process's memory has a physical address.
    const bool without_info = header.physical && notes.vmcoreinfo.empty();
    const bool of_memory = header.form == "ELF" && !of_process;
    if (without_info && (of_memory || notes.machine == elf::kRiscv)) notes.by_qemu = true;
    return notes;
}

}  // namespace symline::vmcore
