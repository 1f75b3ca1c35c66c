#include "vmcore/unwind/arm64_unwinder.h"

#include <array>
#include <utility>

namespace symline::vmcore {

/// One stack.
class Arm64Unwinder::Walk : FrameWalk {
public:
    Walk(const Arm64Unwinder& owner, std::size_t max_frames)
        : FrameWalk(max_frames), owner_(owner), memory_(owner.memory_) {}

    StackTrace from(const Arm64Registers& registers) {
        interrupted_at(registers, UnwoundBy::registers);
        return run();
    }

    StackTrace from(std::uint64_t pc, std::uint64_t sp, std::uint64_t frame_pointer) {
        frame_pointer_ = frame_pointer;
        add(owner_.unsigned_address(pc), CodeKind::after_call, sp, UnwoundBy::registers);
        return run();
    }

private:
    /// The frame record that x29 points to: the caller's, and where this one returns to.
    struct Record {
        std::uint64_t next = 0, return_address = 0;
    };

    StackTrace run() {
        while (going_on()) step();
        return take();
    }

    /// The place that an exception stopped, or that a CPU was at.
    void interrupted_at(const Arm64Registers& registers, UnwoundBy way) {
        frame_pointer_ = registers.x[Arm64Registers::kFramePointer];
        add(registers.ip, CodeKind::exact, registers.sp, way, registers.user_mode());
        if (!going_on()) return;
        if (registers.user_mode()) return stop();
        add_caller_in_link_register(registers);
    }

    /// A function that calls nothing, or has not come to it, may have no frame record of its own:
    /// then x29 is still its caller's, and the link register leads there. After any call of its own
    /// it leads into the function itself, and with a record it is what that holds.
    void add_caller_in_link_register(const Arm64Registers& registers) {
        const std::uint64_t link = owner_.unsigned_address(registers.x[Arm64Registers::kLink]);
        if (!owner_.kernel_.code.returns_elsewhere(registers.ip, link)) return;
        const auto record = this->record();
        if (record && owner_.unsigned_address(record->return_address) == link) return;
        add(link, CodeKind::after_call, 0, UnwoundBy::return_address);
    }

    std::optional<Record> record() const {
        const auto next = memory_.word(frame_pointer_);
        const auto return_address = memory_.word(frame_pointer_ + 8);
        if (!next || !return_address) return std::nullopt;
        return Record{*next, *return_address};
    }

    void step() {
        if (frame_pointer_ == 0) return stop();
        const auto record = this->record();
        if (!record) return stop("the stack is not in the dump");
        if (!is_first_at(frame_pointer_)) return;
        if (const auto registers = saved_registers(*record)) {
            return interrupted_at(*registers, UnwoundBy::frame_pointer);
        }
        // The outermost has an empty one.
        if (record->return_address == 0) return stop();
        const std::uint64_t caller = owner_.unsigned_address(record->return_address);
        if (!owner_.kernel_.code.holds(caller)) {
            return stop("the return address is not in the kernel's code");
        }
        frame_pointer_ = record->next;
        add(caller, CodeKind::after_call, 0, UnwoundBy::frame_pointer);
    }

    /// What an exception saved, if `record` is the one in its struct pt_regs: that repeats x29 and
    /// the place, or is empty (of exceptions from user mode, and of all since Linux 6.13).
    std::optional<Arm64Registers> saved_registers(const Record& record) const {
        const auto& into = owner_.kernel_.record_in_pt_regs;
        std::array<std::uint8_t, Arm64Registers::kPtRegsSize> bytes{};
        const bool is_empty = record.next == 0 && record.return_address == 0;
        if (!into || (!is_empty && !is_entered())) return std::nullopt;
        if (!memory_.read(frame_pointer_ - *into, bytes)) return std::nullopt;
        const auto registers = Arm64Registers::from_pt_regs(bytes);
        const bool repeated = registers.x[Arm64Registers::kFramePointer] == record.next &&
                              registers.ip == record.return_address;
        if (!repeated && !is_empty) return std::nullopt;
        // Threads of the kernel have an empty pt_regs at the end.
        if (registers.ip == 0 ||
            (!registers.user_mode() && !owner_.kernel_.code.holds(registers.ip))) {
            return std::nullopt;
        }
        return registers;
    }

    /// The frame that was found last is that of an exception's entry.
    bool is_entered() const {
        const auto& frames = stack().frames;
        return !frames.empty() && owner_.kernel_.entries.holds(frames.back().pc.address.value);
    }

    const Arm64Unwinder& owner_;
    const KernelBytes& memory_;
    std::uint64_t frame_pointer_ = 0;
};

Arm64Unwinder::Arm64Unwinder(const KernelBytes& memory, Kernel kernel)
    : memory_(memory), kernel_(std::move(kernel)) {}

std::uint64_t Arm64Unwinder::unsigned_address(std::uint64_t address) const {
    constexpr std::uint64_t kKernelHalf = std::uint64_t{1} << 55;
    return (address & kKernelHalf) != 0 ? address | kernel_.signature_bits
                                        : address & ~kernel_.signature_bits;
}

StackTrace Arm64Unwinder::unwind(const CpuRegisters& registers, std::size_t max_frames) const {
    return Walk(*this, max_frames).from(std::get<Arm64Registers>(registers));
}

StackTrace Arm64Unwinder::unwind_switched_from(const DumpedTask& task,
                                               std::size_t max_frames) const {
    if (task.program_counter && task.frame_pointer) {
        return Walk(*this, max_frames)
            .from(*task.program_counter, task.stack_pointer.value_or(0), *task.frame_pointer);
    }
    StackTrace nothing;
    nothing.stopped = "where its stack is cannot be read";
    return nothing;
}

}  // namespace symline::vmcore
