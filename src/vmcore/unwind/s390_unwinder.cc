#include "vmcore/unwind/s390_unwinder.h"

#include <array>
#include <tuple>
#include <utility>

namespace symline::vmcore {
namespace {

/// In the lowest page of a CPU (Principles of Operation, "Assigned Storage Locations"): the program
/// status words that interrupts saved, from that of restart to that of input and output; those that
/// they took.
constexpr std::uint64_t kFirstOldPsw = 0x120, kLastOldPsw = 0x170, kPswSize = 16;
constexpr std::uint64_t kNewPsws = 0x80;

}  // namespace

/// One stack.
class S390Unwinder::Walk : BackChainWalk {
public:
    Walk(const S390Unwinder& owner, std::size_t max_frames)
        : BackChainWalk(owner.memory_, owner.kernel_.chain, max_frames), kernel_(owner.kernel_) {}

    StackTrace from(S390Registers registers) {
        if (const auto psw = psw_before(registers)) {
            add(registers.ip, CodeKind::exact, registers.sp, UnwoundBy::registers);
            std::tie(registers.mask, registers.ip) = *psw;
        }
        if (going_on()) interrupted_at(registers, UnwoundBy::registers);
        return run();
    }

    /// Of a task: what switched from it has saved where it goes on.
    StackTrace from(std::uint64_t stack_pointer) {
        called_from(stack_pointer, UnwoundBy::registers);
        return run();
    }

private:
    StackTrace run() {
        while (going_on()) step();
        return take();
    }

    /// Where a CPU was before an interrupt or exception of whose handler nothing has run yet: the
    /// CPU saves the program status word to its lowest page, where the handler's stands, too.
    std::optional<std::pair<std::uint64_t, std::uint64_t>> psw_before(
        const S390Registers& registers) const {
        if (!registers.prefix) return std::nullopt;
        const std::uint64_t page = kernel_.identity_base + *registers.prefix;
        for (std::uint64_t at = page + kFirstOldPsw; at <= page + kLastOldPsw; at += kPswSize) {
            if (memory().word(at + kNewPsws + 8) != registers.ip) continue;
            const auto mask = memory().word(at);
            const auto ip = memory().word(at + 8);
            if (mask && ip) return std::pair(*mask, *ip);
        }
        return std::nullopt;
    }

    void interrupted_at(const S390Registers& registers, UnwoundBy way) {
        stopped_at({.ip = registers.ip,
                    .sp = registers.sp,
                    .link = registers.r[S390Registers::kLink],
                    .user = registers.user_mode(),
                    .general = registers.r},
                   way);
    }

    void step() {
        const auto back = back_chain();
        if (!back) return stop(kNotInDump);
        if (!is_first_at(stack_pointer())) return;
        if (*back == 0) return interrupted();
        called_from(*back, UnwoundBy::frame_pointer);
    }

    /// At what an interrupt or exception saved after the outermost frame of its stack.
    void interrupted() {
        const std::uint64_t at = stack_pointer() + kernel_.frame_size + kernel_.psw_in_pt_regs;
        std::array<std::uint8_t, S390Registers::kPtRegsSize> bytes{};
        // Nothing else is after the first frame of a stack that was switched to for good.
        if (at + bytes.size() > stack_end()) return stop();
        if (!memory().read(at, bytes)) return stop(kNotInDump);
        const auto registers = S390Registers::from_pt_regs(bytes);
        // Threads of the kernel have one without a stack at the end.
        if (registers.ip == 0 || registers.sp == 0) return stop();
        if (!registers.user_mode() && !is_code(registers.ip)) {
            return stop("what an exception interrupted is not in the kernel's code");
        }
        interrupted_at(registers, UnwoundBy::frame_pointer);
    }

    std::uint64_t stack_end() const {
        return stack_pointer() - stack_pointer() % kernel_.stack_size + kernel_.stack_size;
    }

    const Kernel& kernel_;
};

S390Unwinder::S390Unwinder(const KernelBytes& memory, Kernel kernel)
    : memory_(memory), kernel_(std::move(kernel)) {}

StackTrace S390Unwinder::unwind(const CpuRegisters& registers, std::size_t max_frames) const {
    return Walk(*this, max_frames).from(std::get<S390Registers>(registers));
}

StackTrace S390Unwinder::unwind_switched_from(const DumpedTask& task,
                                              std::size_t max_frames) const {
    return Walk(*this, max_frames).from(task.stack_pointer.value_or(0));
}

}  // namespace symline::vmcore
