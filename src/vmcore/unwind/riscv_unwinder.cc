#include "vmcore/unwind/riscv_unwinder.h"

#include <array>
#include <utility>

namespace symline::vmcore {

/// One stack.
class RiscvUnwinder::Walk : FrameWalk {
public:
    Walk(const RiscvUnwinder& owner, std::size_t max_frames)
        : FrameWalk(max_frames), owner_(owner), memory_(owner.memory_) {}

    StackTrace from(const RiscvRegisters& registers) {
        interrupted_at(registers, UnwoundBy::registers);
        return run();
    }

    StackTrace from(std::uint64_t pc, std::uint64_t sp, std::uint64_t frame_pointer) {
        frame_pointer_ = frame_pointer;
        add(pc, CodeKind::after_call, sp, UnwoundBy::registers);
        return run();
    }

private:
    /// What a frame pointer leads to: the caller's, and where this one returns to.
    struct Record {
        std::uint64_t next = 0, return_address = 0;
    };

    StackTrace run() {
        while (going_on()) step();
        return take();
    }

    /// The place that an exception stopped, or that a CPU was at.
    void interrupted_at(const RiscvRegisters& registers, UnwoundBy way) {
        frame_pointer_ = registers.x[RiscvRegisters::kFramePointer];
        add(registers.ip, CodeKind::exact, registers.sp, way, registers.user_mode());
        if (!going_on()) return;
        if (registers.user_mode()) return stop();
        add_caller_in_link_register(registers);
    }

    /// A function that calls nothing saves no return address: where its caller would have that,
    /// there is the frame pointer. One that has only begun has no frame at all. The link register
    /// leads to the caller then; after any call of its own it leads into the function itself.
    void add_caller_in_link_register(const RiscvRegisters& registers) {
        const std::uint64_t link = registers.x[RiscvRegisters::kLink];
        if (!owner_.kernel_.code.returns_elsewhere(registers.ip, link)) return;
        const auto record = this->record();
        if (!record || record->return_address == link) return;
        if (!owner_.kernel_.code.holds(record->return_address)) {
            frame_pointer_ = record->return_address;
        }
        add(link, CodeKind::after_call, 0, UnwoundBy::return_address);
    }

    /// The frame pointer leads to the end of the record.
    std::optional<Record> record() const {
        const auto next = memory_.word(frame_pointer_ - 16);
        const auto return_address = memory_.word(frame_pointer_ - 8);
        if (!next || !return_address) return std::nullopt;
        return Record{*next, *return_address};
    }

    void step() {
        if (frame_pointer_ == 0) return stop();
        const auto record = this->record();
        if (!record) return stop("the stack is not in the dump");
        if (!is_first_at(frame_pointer_)) return;
        // The outermost has an empty one.
        if (record->return_address == 0) return stop();
        if (!owner_.kernel_.code.holds(record->return_address)) {
            return stop("the return address is not in the kernel's code");
        }
        const std::uint64_t top = std::exchange(frame_pointer_, record->next);
        add(record->return_address, CodeKind::after_call, top, UnwoundBy::frame_pointer);
        if (going_on() && owner_.kernel_.entry.holds(record->return_address)) interrupted(top);
    }

    /// At what an exception saved.
    void interrupted(std::uint64_t pt_regs) {
        std::array<std::uint8_t, RiscvRegisters::kPtRegsSize> bytes{};
        if (!memory_.read(pt_regs, bytes)) return stop("the stack is not in the dump");
        const auto registers = RiscvRegisters::from_pt_regs(bytes);
        if (!registers.user_mode() && !owner_.kernel_.code.holds(registers.ip)) {
            return stop("what an exception interrupted is not in the kernel's code");
        }
        interrupted_at(registers, UnwoundBy::frame_pointer);
    }

    const RiscvUnwinder& owner_;
    const KernelBytes& memory_;
    std::uint64_t frame_pointer_ = 0;
};

RiscvUnwinder::RiscvUnwinder(const KernelBytes& memory, Kernel kernel)
    : memory_(memory), kernel_(std::move(kernel)) {}

StackTrace RiscvUnwinder::unwind(const CpuRegisters& registers, std::size_t max_frames) const {
    return Walk(*this, max_frames).from(std::get<RiscvRegisters>(registers));
}

StackTrace RiscvUnwinder::unwind_switched_from(const DumpedTask& task,
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
