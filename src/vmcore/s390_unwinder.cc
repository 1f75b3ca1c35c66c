#include "vmcore/s390_unwinder.h"

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
/// The canonical frame address is this much above the caller's stack pointer.
constexpr std::uint64_t kCfaAboveFrame = 160;

}  // namespace

/// One stack.
class S390Unwinder::Walk : FrameWalk {
public:
    Walk(const S390Unwinder& owner, std::size_t max_frames)
        : FrameWalk(max_frames), kernel_(owner.kernel_), memory_(owner.memory_) {}

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
            if (memory_.word(at + kNewPsws + 8) != registers.ip) continue;
            const auto mask = memory_.word(at);
            const auto ip = memory_.word(at + 8);
            if (mask && ip) return std::pair(*mask, *ip);
        }
        return std::nullopt;
    }

    /// The place that an interrupt or exception stopped, or that a CPU was at.
    void interrupted_at(const S390Registers& registers, UnwoundBy way) {
        stack_pointer_ = registers.sp;
        add(registers.ip, CodeKind::exact, registers.sp, way, registers.user_mode());
        if (!going_on()) return;
        if (registers.user_mode()) return stop();
        const auto frame = kernel_.call_frame ? kernel_.call_frame(registers.ip) : std::nullopt;
        if (!frame || !add_caller(*frame, registers)) add_caller_in_link_register(registers);
    }

    /// By what the debug information says of the instruction. False where that is of no use.
    bool add_caller(const dwarf::CallFrame& frame, const S390Registers& registers) {
        if (frame.cfa_register >= registers.r.size()) return false;
        const std::uint64_t cfa =
            registers.r[frame.cfa_register] + static_cast<std::uint64_t>(frame.cfa_offset);
        const auto place =
            frame.return_offset
                ? memory_.word(cfa + static_cast<std::uint64_t>(*frame.return_offset))
                : value(registers, frame.return_register);
        if (!place || !kernel_.code.holds(*place)) return false;
        stack_pointer_ = cfa - kCfaAboveFrame;
        add(*place, CodeKind::after_call, stack_pointer_, UnwoundBy::cfi);
        return true;
    }

    static std::optional<std::uint64_t> value(const S390Registers& registers,
                                              std::uint64_t number) {
        if (number >= registers.r.size()) return std::nullopt;
        return registers.r[number];
    }

    /// Without such information: a function that calls nothing, or has not come to it, may have no
    /// frame of its own, or may not have saved where it returns to: r14 leads there. After any call
    /// of its own that leads into the function itself, and before the first one it is what was
    /// saved.
    void add_caller_in_link_register(const S390Registers& registers) {
        const std::uint64_t link = registers.r[S390Registers::kLink];
        if (!kernel_.code.returns_elsewhere(registers.ip, link)) return;
        const auto caller = back_chain();
        const auto saved = caller && *caller != 0 ? return_address(*caller) : std::nullopt;
        if (saved == link) return;
        // What an earlier call left in the caller's frame: the function has a frame of its own.
        if (saved && kernel_.code.return_to_same(*saved, link)) stack_pointer_ = *caller;
        add(link, CodeKind::after_call, stack_pointer_, UnwoundBy::return_address);
    }

    std::optional<std::uint64_t> back_chain() const {
        return memory_.word(stack_pointer_ + kernel_.frame.back_chain);
    }

    /// Where the function that was called from a frame returns to.
    std::optional<std::uint64_t> return_address(std::uint64_t frame) const {
        return memory_.word(frame + kernel_.frame.return_address);
    }

    void step() {
        const auto caller = back_chain();
        if (!caller) return stop("the stack is not in the dump");
        if (!is_first_at(stack_pointer_)) return;
        if (*caller == 0) return interrupted();
        called_from(*caller, UnwoundBy::frame_pointer);
    }

    void called_from(std::uint64_t frame, UnwoundBy way) {
        const auto place = return_address(frame);
        if (!place) return stop("the stack is not in the dump");
        if (!kernel_.code.holds(*place)) {
            return stop("the return address is not in the kernel's code");
        }
        stack_pointer_ = frame;
        add(*place, CodeKind::after_call, frame, way);
    }

    /// At what an interrupt or exception saved after the outermost frame of its stack.
    void interrupted() {
        const std::uint64_t at = stack_pointer_ + kernel_.frame.size + kernel_.psw_in_pt_regs;
        std::array<std::uint8_t, S390Registers::kPtRegsSize> bytes{};
        // Nothing else is after the first frame of a stack that was switched to for good.
        if (at + bytes.size() > stack_end()) return stop();
        if (!memory_.read(at, bytes)) return stop("the stack is not in the dump");
        const auto registers = S390Registers::from_pt_regs(bytes);
        // Threads of the kernel have one without a stack at the end.
        if (registers.ip == 0 || registers.sp == 0) return stop();
        if (!registers.user_mode() && !kernel_.code.holds(registers.ip)) {
            return stop("what an exception interrupted is not in the kernel's code");
        }
        interrupted_at(registers, UnwoundBy::frame_pointer);
    }

    std::uint64_t stack_end() const {
        return stack_pointer_ - stack_pointer_ % kernel_.stack_size + kernel_.stack_size;
    }

    const Kernel& kernel_;
    const KernelBytes& memory_;
    std::uint64_t stack_pointer_ = 0;
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
