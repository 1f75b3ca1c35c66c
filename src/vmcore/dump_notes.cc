#include "vmcore/dump_notes.h"

#include "base/bytes.h"
#include "elf/notes.h"

namespace symline::vmcore {
namespace {

constexpr std::uint32_t kPrstatus = 1;
constexpr std::size_t kPidAt = 32;
constexpr std::size_t kRegistersAt = 112;
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

void take(DumpNotes& notes, const elf::Note& note) {
    const auto& [name, type, contents] = note;
    if (name == "CORE" && type == kPrstatus && notes.cpus.size() < kMaxCpus) {
        if (contents.size() < kRegistersAt + KernelRegisters::kPtRegsSize) return;
        const auto pid = base::load<std::uint32_t>(contents.data() + kPidAt, false);
        const auto registers = contents.subspan(kRegistersAt).first<KernelRegisters::kPtRegsSize>();
        notes.cpus.push_back({static_cast<unsigned>(notes.cpus.size()), static_cast<int>(pid),
                              KernelRegisters::from_pt_regs(registers)});
    } else if (name == "VMCOREINFO" && notes.vmcoreinfo.empty()) {
        notes.vmcoreinfo =
            Vmcoreinfo({reinterpret_cast<const char*>(contents.data()), contents.size()});
    } else if (name == "QEMU") {
        notes.by_qemu = true;
        constexpr std::size_t kCr3 = kControlRegistersAt + std::size_t{3} * 8;
        if (!notes.page_table && contents.size() >= kCr3 + 8) {
            notes.page_table = base::load<std::uint64_t>(contents.data() + kCr3, false);
        }
    }
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

DumpNotes read_dump_notes(const DumpHeader& header) {
    DumpNotes notes;
    // A kernel pads the notes of each CPU to its own size with zeros, which read as empty notes.
    elf::NoteWalk walk(header.notes, false);
    while (const auto note = walk.next()) take(notes, *note);
    if (!header.vmcoreinfo.empty()) {
        notes.vmcoreinfo = Vmcoreinfo(
            {reinterpret_cast<const char*>(header.vmcoreinfo.data()), header.vmcoreinfo.size()});
    }
    return notes;
}

}  // namespace symline::vmcore
