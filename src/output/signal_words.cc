#include "output/signal_words.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "elf/constants.h"

namespace symline::output {
namespace {

// include/uapi/asm-generic/signal.h: those of x86, arm, POWER, s390x and RISC-V.
constexpr std::array<std::string_view, 32> kSignals{
    "",          "SIGHUP",  "SIGINT",    "SIGQUIT", "SIGILL",   "SIGTRAP", "SIGABRT", "SIGBUS",
    "SIGFPE",    "SIGKILL", "SIGUSR1",   "SIGSEGV", "SIGUSR2",  "SIGPIPE", "SIGALRM", "SIGTERM",
    "SIGSTKFLT", "SIGCHLD", "SIGCONT",   "SIGSTOP", "SIGTSTP",  "SIGTTIN", "SIGTTOU", "SIGURG",
    "SIGXCPU",   "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO",   "SIGPWR",  "SIGSYS"};
/// arch/mips/include/uapi/asm/signal.h: what each signal of MIPS is elsewhere; 0: nothing.
constexpr std::array<int, 32> kMipsSignals{0,  1,  2,  3,  4,  5,  6,  0,  8,  9,  7,
                                           11, 31, 13, 14, 15, 10, 12, 17, 30, 28, 23,
                                           29, 19, 20, 18, 21, 22, 26, 27, 24, 25};
constexpr int kMipsEmt = 7;
constexpr int kIll = 4, kTrap = 5, kBus = 7, kFpe = 8, kSegv = 11, kSys = 31;
constexpr int kAny = 0;

struct Code {
    int signal;
    int code;
    std::string_view name;
    std::string_view words{};
};

// include/uapi/asm-generic/siginfo.h. A code of a signal comes before the same of any signal.
constexpr std::array kCodes{
    Code{kIll, 1, "ILL_ILLOPC", "illegal opcode"},
    Code{kIll, 2, "ILL_ILLOPN", "illegal operand"},
    Code{kIll, 3, "ILL_ILLADR", "illegal addressing mode"},
    Code{kIll, 4, "ILL_ILLTRP", "illegal trap"},
    Code{kIll, 5, "ILL_PRVOPC", "privileged opcode"},
    Code{kIll, 6, "ILL_PRVREG", "privileged register"},
    Code{kIll, 7, "ILL_COPROC", "coprocessor error"},
    Code{kIll, 8, "ILL_BADSTK", "internal stack error"},
    Code{kIll, 9, "ILL_BADIADDR", "unimplemented instruction address"},
    Code{kTrap, 1, "TRAP_BRKPT", "breakpoint"},
    Code{kTrap, 2, "TRAP_TRACE", "trace trap"},
    Code{kTrap, 3, "TRAP_BRANCH", "branch trap"},
    Code{kTrap, 4, "TRAP_HWBKPT", "hardware breakpoint or watchpoint"},
    Code{kTrap, 5, "TRAP_UNK"},
    Code{kTrap, 6, "TRAP_PERF", "perf event with sigtrap"},
    Code{kBus, 1, "BUS_ADRALN", "misaligned address"},
    Code{kBus, 2, "BUS_ADRERR", "no such physical address"},
    Code{kBus, 3, "BUS_OBJERR", "hardware error of the object"},
    Code{kBus, 4, "BUS_MCEERR_AR", "memory error in what was accessed"},
    Code{kBus, 5, "BUS_MCEERR_AO", "memory error elsewhere in the process"},
    Code{kFpe, 1, "FPE_INTDIV", "integer division by zero"},
    Code{kFpe, 2, "FPE_INTOVF", "integer overflow"},
    Code{kFpe, 3, "FPE_FLTDIV", "floating point division by zero"},
    Code{kFpe, 4, "FPE_FLTOVF", "floating point overflow"},
    Code{kFpe, 5, "FPE_FLTUND", "floating point underflow"},
    Code{kFpe, 6, "FPE_FLTRES", "inexact floating point result"},
    Code{kFpe, 7, "FPE_FLTINV", "invalid floating point operation"},
    Code{kFpe, 8, "FPE_FLTSUB", "subscript out of range"},
    Code{kFpe, 14, "FPE_FLTUNK", "floating point exception"},
    Code{kFpe, 15, "FPE_CONDTRAP", "trap on condition"},
    Code{kSegv, 1, "SEGV_MAPERR", "address not mapped"},
    Code{kSegv, 2, "SEGV_ACCERR", "access not permitted"},
    Code{kSegv, 3, "SEGV_BNDERR", "bounds check failed"},
    Code{kSegv, 4, "SEGV_PKUERR", "access denied by a memory protection key"},
    Code{kSegv, 5, "SEGV_ACCADI", "no ADI for the mapped object"},
    Code{kSegv, 6, "SEGV_ADIDERR", "disrupting ADI mismatch"},
    Code{kSegv, 7, "SEGV_ADIPERR", "precise ADI mismatch"},
    Code{kSegv, 8, "SEGV_MTEAERR", "memory tag mismatch, found later"},
    Code{kSegv, 9, "SEGV_MTESERR", "memory tag mismatch"},
    Code{kSegv, 10, "SEGV_CPERR", "return address not that of the shadow stack"},
    Code{kSegv, 128, "SI_KERNEL", "not a canonical address, or another fault without one"},
    Code{kSys, 1, "SYS_SECCOMP", "system call denied by seccomp"},
    Code{kSys, 2, "SYS_USER_DISPATCH", "system call dispatched to user space"},
    Code{kAny, 0, "SI_USER"},
    Code{kAny, 128, "SI_KERNEL"},
    Code{kAny, -1, "SI_QUEUE"},
    Code{kAny, -2, "SI_TIMER"},
    Code{kAny, -3, "SI_MESGQ"},
    Code{kAny, -4, "SI_ASYNCIO"},
    Code{kAny, -5, "SI_SIGIO"},
    Code{kAny, -6, "SI_TKILL"},
    Code{kAny, -7, "SI_DETHREAD"},
    Code{kAny, -60, "SI_ASYNCNL"},
};

int usual_signal(int signal, std::uint16_t machine) {
    const bool differs = machine == elf::kMips && signal > 0 &&
                         static_cast<std::size_t>(signal) < kMipsSignals.size();
    return differs ? kMipsSignals[static_cast<std::size_t>(signal)] : signal;
}

/// arch/mips/include/uapi/asm/siginfo.h has SI_ASYNCIO, SI_TIMER and SI_MESGQ in another order.
int usual_code(int code, std::uint16_t machine) {
    if (machine != elf::kMips || code > -2 || code < -4) return code;
    return code == -2 ? -4 : code + 1;
}

const Code* find(int signal, int code) {
    const auto* found = std::ranges::find_if(kCodes, [&](const Code& each) {
        return each.code == code && (each.signal == signal || each.signal == kAny);
    });
    return found == kCodes.end() ? nullptr : found;
}

}  // namespace

std::string signal_name(int signal, std::uint16_t machine) {
    if (machine == elf::kMips && signal == kMipsEmt) return "SIGEMT";
    const int usual = usual_signal(signal, machine);
    if (usual > 0 && static_cast<std::size_t>(usual) < kSignals.size()) {
        return std::string(kSignals[static_cast<std::size_t>(usual)]);
    }
    return "signal " + std::to_string(signal);
}

std::string_view signal_code_name(int signal, int code, std::uint16_t machine) {
    const Code* const found = find(usual_signal(signal, machine), usual_code(code, machine));
    return found == nullptr ? std::string_view() : found->name;
}

std::string_view signal_code_words(int signal, int code, std::uint16_t machine) {
    const Code* const found = find(usual_signal(signal, machine), usual_code(code, machine));
    return found == nullptr ? std::string_view() : found->words;
}

}  // namespace symline::output
