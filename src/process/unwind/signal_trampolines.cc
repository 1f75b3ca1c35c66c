#include "process/unwind/signal_trampolines.h"

#include "elf/constants.h"
#include "process/registers/registers.h"

namespace symline::process {
namespace {

// struct sigcontext_64 and sigcontext_32, arch/x86/include/uapi/asm/sigcontext.h
constexpr std::array<RegisterRun, 10> kX86_64Runs{{{0, 8, 8},
                                                   {8, 1, 5},
                                                   {9, 1, 4},
                                                   {10, 1, 6},
                                                   {11, 1, 3},
                                                   {12, 1, 1},
                                                   {13, 1, 0},
                                                   {14, 1, 2},
                                                   {15, 1, 7},
                                                   {16, 1, 16}}};
constexpr std::array<RegisterRun, 9> kI386Runs{{{4, 1, 7},
                                                {5, 1, 6},
                                                {6, 1, 5},
                                                {7, 1, 4},
                                                {8, 1, 3},
                                                {9, 1, 2},
                                                {10, 1, 1},
                                                {11, 1, 0},
                                                {14, 1, 8}}};
// struct sigcontext, arch/arm64 and arch/arm/include/uapi/asm/sigcontext.h, from x0 and r0 on
constexpr std::array<RegisterRun, 1> kArm64Runs{{{0, 32, 0}}};
constexpr std::array<RegisterRun, 2> kArmRuns{{{0, 16, 0}, {16, 1, kNoDwarfNumber, "cpsr"}}};
// struct pt_regs, arch/powerpc/include/uapi/asm/ptrace.h: r0 to r31, nip, msr, orig_r3, ctr, lr
constexpr std::array<RegisterRun, 3> kPpcRuns{{{0, 32, 0}, {35, 1, 66}, {36, 1, 65}}};
// _s390_regs_common, arch/s390/include/uapi/asm/sigcontext.h: psw mask and address, r0 to r15
constexpr std::array<RegisterRun, 1> kS390Runs{{{2, 16, 0}}};
// struct user_regs_struct, arch/riscv/include/uapi/asm/ptrace.h: pc, x1 to x31
constexpr std::array<RegisterRun, 1> kRiscvRuns{{{1, 31, 1}}};
// struct sigcontext, arch/mips/include/uapi/asm/sigcontext.h: of o32 from sc_pc, sc_regs on, of 8
// bytes each as well; of n32 and n64 from sc_regs on. LoongArch's is sc_pc, sc_regs.
constexpr std::array<RegisterRun, 1> kAfterPcRuns{{{1, 32, 0}}};
constexpr std::array<RegisterRun, 1> kMips64Runs{{{0, 32, 0}}};

// struct rt_signal_frame, arch/sparc/kernel/signal_64.c: the window, %l0 to %i7, at the begin of
// sparc_stackf of 192 bytes; siginfo; pt_regs: %g0 to %o7, tstate, tpc
constexpr std::array<RegisterRun, 2> kSparcRuns{{{0, 16, 16}, {40, 16, 0}}};

constexpr SavedRegisters kX86_64{8, 16, kX86_64Runs};
constexpr SavedRegisters kI386{4, 14, kI386Runs};
constexpr SavedRegisters kArm64{8, 32, kArm64Runs};
constexpr SavedRegisters kArm{4, 15, kArmRuns};
constexpr SavedRegisters kPpc64{8, 32, kPpcRuns};
constexpr SavedRegisters kPpc32{4, 32, kPpcRuns};
constexpr SavedRegisters kS390{8, 1, kS390Runs};
constexpr SavedRegisters kS390Of31{4, 1, kS390Runs};
constexpr SavedRegisters kRiscv64{8, 0, kRiscvRuns};
constexpr SavedRegisters kRiscv32{4, 0, kRiscvRuns};
constexpr SavedRegisters kSparcV9{8, 57, kSparcRuns};
constexpr SavedRegisters kAfterPc{8, 0, kAfterPcRuns};
constexpr SavedRegisters kMips64{8, 72, kMips64Runs};

using enum FrameCheck::Fact;

// The frames are struct sigframe and rt_sigframe of arch/*/kernel/signal*.c; a handler that has
// returned leaves the stack pointer as it was at its first instruction, or, on x86, after its
// return address. siginfo has 128 bytes everywhere.
constexpr std::array kTrampolines{
    // arch/x86/kernel/signal_64.c: ucontext (sigcontext at 40, its cs at 144).
    // mov $15,%rax or %eax; syscall
    SignalTrampoline{elf::kX86_64, 8, {{{0x0fc0c748, 7}, {0x050f, 2}}}, 40, &kX86_64, {user, 184}},
    SignalTrampoline{elf::kX86_64, 8, {{{0x0fb8, 5}, {0x050f, 2}}}, 40, &kX86_64, {user, 184}},
    // x32: struct ucontext_x32. mov $0x40000201,%rax; syscall
    SignalTrampoline{
        elf::kX86_64, 4, {{{0x40000201c0c748, 7}, {0x050f, 2}}}, 24, &kX86_64, {user, 168}},
    // arch/x86/kernel/signal_32.c. sigframe: the signal, sigcontext. rt_sigframe: the signal, two
    // pointers, siginfo, ucontext (sigcontext at 20). pop %eax; mov $119,%eax; int $0x80
    SignalTrampoline{
        elf::kI386, 4, {{{0x58, 1}, {0x77b8, 5}, {0x80cd, 2}}}, 4, &kI386, {user, 4 + 60}, 4},
    // mov $173,%eax; int $0x80
    SignalTrampoline{elf::kI386, 4, {{{0xadb8, 5}, {0x80cd, 2}}}, 160, &kI386, {user, 160 + 60}},
    // arch/arm64/kernel/signal.c: siginfo, which is written for SA_SIGINFO alone, ucontext
    // (sigcontext at 176: x0 at 8, the first record at 288, which is fpsimd_context).
    // mov x8,#139 or w8; svc #0
    SignalTrampoline{elf::kArm64,
                     8,
                     {{{0xd2801168, 4}, {0xd4000001, 4}}},
                     312,
                     &kArm64,
                     {constant, 592, 0x46508001}},
    SignalTrampoline{elf::kArm64,
                     8,
                     {{{0x52801168, 4}, {0xd4000001, 4}}},
                     312,
                     &kArm64,
                     {constant, 592, 0x46508001}},
    // arch/arm/kernel/signal.c. sigframe: ucontext (sigcontext at 20: r0 at 12, cpsr at 76), in
    // whose uc_flags QEMU does not put what the kernel does. rt_sigframe: siginfo, sigframe.
    // mov r7,#119; svc 0 (EABI), mov r7,#119; svc 0x900077 (for both), svc 0x900077 (OABI)
    SignalTrampoline{
        elf::kArm, 4, {{{0xe3a07077, 4}, {0xef000000, 4}}}, 32, &kArm, {user_mode, 96}},
    SignalTrampoline{
        elf::kArm, 4, {{{0xe3a07077, 4}, {0xef900077, 4}}}, 32, &kArm, {user_mode, 96}},
    SignalTrampoline{elf::kArm, 4, {{{0xef900077, 4}}}, 32, &kArm, {user_mode, 96}},
    // movs r7,#119 or mov.w r7,#119; svc 0, in Thumb
    SignalTrampoline{elf::kArm, 4, {{{0x2777, 2}, {0xdf00, 2}}}, 32, &kArm, {user_mode, 96}},
    SignalTrampoline{
        elf::kArm, 4, {{{0xf04f, 2}, {0x0777, 2}, {0xdf00, 2}}}, 32, &kArm, {user_mode, 96}},
    // The same with 173.
    SignalTrampoline{elf::kArm, 4, {{{0xe3a070ad, 4}, {0xef000000, 4}}}, 160, &kArm, {signal, 0}},
    SignalTrampoline{elf::kArm, 4, {{{0xe3a070ad, 4}, {0xef9000ad, 4}}}, 160, &kArm, {signal, 0}},
    SignalTrampoline{elf::kArm, 4, {{{0xef9000ad, 4}}}, 160, &kArm, {signal, 0}},
    SignalTrampoline{elf::kArm, 4, {{{0x27ad, 2}, {0xdf00, 2}}}, 160, &kArm, {signal, 0}},
    SignalTrampoline{
        elf::kArm, 4, {{{0xf04f, 2}, {0x07ad, 2}, {0xdf00, 2}}}, 160, &kArm, {signal, 0}},
    // arch/powerpc/kernel/signal_64.c: a frame of 128 bytes for the handler, ucontext (sigcontext
    // at 168: signal at 32, regs at 56, gp_regs at 64). addi r1,r1,128; li r0,172; sc
    SignalTrampoline{elf::kPpc64,
                     8,
                     {{{0x38210080, 4}, {0x380000ac, 4}, {0x44000002, 4}}},
                     360,
                     &kPpc64,
                     {pointer, 352, 360},
                     128},
    // QEMU's have no addi: up to 7.2 with 16 bytes more (linux-user/ppc/signal.c).
    SignalTrampoline{
        elf::kPpc64, 8, {{{0x380000ac, 4}, {0x44000002, 4}}}, 360, &kPpc64, {pointer, 352, 360}},
    SignalTrampoline{
        elf::kPpc64, 8, {{{0x380000ac, 4}, {0x44000002, 4}}}, 376, &kPpc64, {pointer, 368, 376}},
    // arch/powerpc/kernel/signal_32.c. sigframe: 64 bytes, sigcontext (regs at 28), mcontext.
    // rt_sigframe: 80 bytes, siginfo, ucontext (uc_regs at 48, mcontext at 192). li r0,119; sc
    SignalTrampoline{
        elf::kPpc, 4, {{{0x38000077, 4}, {0x44000002, 4}}}, 96, &kPpc32, {pointer, 92, 96}},
    // li r0,172; sc
    SignalTrampoline{
        elf::kPpc, 4, {{{0x380000ac, 4}, {0x44000002, 4}}}, 400, &kPpc32, {pointer, 256, 400}},
    // arch/s390/kernel/signal.c. sigframe: 160 bytes, sigcontext (sregs at 8), sregs.
    // rt_sigframe: 160 bytes, a trampoline, siginfo at 168, ucontext (sregs at 40). svc 119
    SignalTrampoline{elf::kS390, 8, {{{0x0a77, 2}}}, 176, &kS390, {pointer, 168, 176}},
    // svc 173
    SignalTrampoline{elf::kS390, 8, {{{0x0aad, 2}}}, 336, &kS390, {signal, 168}},
    // arch/s390/kernel/compat_signal.c. sigframe32: 96 bytes, sigcontext32 (sregs at 8), sregs.
    // rt_sigframe32: 96 bytes, a trampoline, siginfo at 100, ucontext32 (sregs at 20).
    SignalTrampoline{elf::kS390, 4, {{{0x0a77, 2}}}, 108, &kS390Of31, {pointer, 104, 108}},
    SignalTrampoline{elf::kS390, 4, {{{0x0aad, 2}}}, 248, &kS390Of31, {signal, 100}},
    // arch/sparc/kernel/signal_64.c, from the stack pointer and its bias of 2047 on.
    // mov 101,%g1; ta 0x6d
    SignalTrampoline{
        elf::kSparcV9, 8, {{{0x82102065, 4}, {0x91d0206d, 4}}}, 2047, &kSparcV9, {signal, 2239}},
    // arch/riscv/kernel/signal.c: siginfo, ucontext (mcontext at 176, of 32 bits at 160).
    // li a7,139; ecall
    SignalTrampoline{
        elf::kRiscv, 8, {{{0x08b00893, 4}, {0x00000073, 4}}}, 304, &kRiscv64, {signal, 0}},
    SignalTrampoline{
        elf::kRiscv, 4, {{{0x08b00893, 4}, {0x00000073, 4}}}, 288, &kRiscv32, {signal, 0}},
    // arch/mips/kernel/signal.c. sigframe: 24 bytes, sigcontext (sc_pc at 8, sc_regs at 16, of
    // which the first is 0). rt_sigframe: 24 bytes, siginfo, ucontext (mcontext at 24, of n64 at
    // 40). li v0,4119; syscall
    SignalTrampoline{
        elf::kMips, 4, {{{0x24021017, 4}, {0x0000000c, 4}}}, 32, &kAfterPc, {constant, 40, 0}},
    // o32's li v0,4193, n32's 6211, n64's 5211
    SignalTrampoline{
        elf::kMips, 4, {{{0x24021061, 4}, {0x0000000c, 4}}}, 184, &kAfterPc, {signal, 24}},
    SignalTrampoline{
        elf::kMips, 4, {{{0x24021843, 4}, {0x0000000c, 4}}}, 176, &kMips64, {signal, 24}},
    SignalTrampoline{
        elf::kMips, 8, {{{0x2402145b, 4}, {0x0000000c, 4}}}, 192, &kMips64, {signal, 24}},
    // arch/loongarch/kernel/signal.c: siginfo, ucontext (sc_pc at 176, sc_regs).
    // ori a7,zero,139 or addi.w a7,zero,139; syscall 0
    SignalTrampoline{
        elf::kLoongarch, 8, {{{0x03822c0b, 4}, {0x002b0000, 4}}}, 304, &kAfterPc, {signal, 0}},
    SignalTrampoline{
        elf::kLoongarch, 8, {{{0x02822c0b, 4}, {0x002b0000, 4}}}, 304, &kAfterPc, {signal, 0}},
};

}  // namespace

std::span<const SignalTrampoline> signal_trampolines() {
    return kTrampolines;
}

}  // namespace symline::process
