#include "vmcore/ppc64_unwinder.h"

#include <algorithm>
#include <array>
#include <utility>

#include "vmcore/ppc64_memory.h"

namespace symline::vmcore {
namespace {

/// Of a frame: the caller's frame, and where the function that it calls stores its return address.
constexpr std::uint64_t kBackChain = 0, kReturnAddress = 16;
/// A mark before struct pt_regs: "regshere", and since Linux 6.0 "REGS" in the machine's order.
constexpr std::array<std::uint64_t, 3> kMarks{0x7265'6773'6865'7265, 0x5347'4552, 0x5245'4753};
constexpr std::uint64_t kMarkSize = 16;
/// Where it is in a frame: to Linux 6.1 and in ELF V1; since 6.2.
constexpr std::array<std::uint64_t, 2> kMarkPlaces{96, 32};
/// The DWARF number of the link register. The general ones have their own numbers.
constexpr std::uint64_t kLinkColumn = 65;
constexpr std::uint64_t kNipInRegisters = std::uint64_t{32} * 8;

constexpr const char* kNotInDump = "the stack is not in the dump";
constexpr const char* kNoCode = "the return address is not in the kernel's code";

}  // namespace

/// One stack.
class Ppc64Unwinder::Walk : FrameWalk {
public:
    Walk(const Ppc64Unwinder& owner, std::size_t max_frames)
        : FrameWalk(max_frames), kernel_(owner.kernel_), memory_(owner.memory_) {}

    StackTrace from(const Ppc64Registers& registers) {
        interrupted_at(registers, UnwoundBy::registers);
        return run();
    }

    /// The frame of _switch, which holds the registers to go on with.
    StackTrace switched_from(std::uint64_t sp) {
        const auto back = memory_.word(sp + kBackChain);
        const auto return_address = back ? memory_.word(*back + kReturnAddress) : std::nullopt;
        if (const auto start = never_ran(sp, return_address)) {
            add(*start, CodeKind::exact, sp, UnwoundBy::registers);
            stop();
        } else if (!return_address || !kernel_.code.holds(*return_address)) {
            stop(return_address ? kNoCode : kNotInDump);
        } else {
            sp_ = *back;
            add(*return_address, CodeKind::after_call, sp_, UnwoundBy::registers);
        }
        return run();
    }

private:
    StackTrace run() {
        while (going_on()) step();
        return take();
    }

    /// Where a new task will begin: where it goes on is not where a call of _switch returns to.
    std::optional<std::uint64_t> never_ran(std::uint64_t sp,
                                           std::optional<std::uint64_t> return_address) const {
        std::optional<std::uint64_t> start;
        for (const std::uint64_t place : kMarkPlaces) {
            const auto saved = memory_.word(sp + place + kMarkSize + kNipInRegisters);
            if (!saved || !kernel_.code.holds(*saved)) continue;
            if (saved == return_address) return std::nullopt;
            start = saved;
        }
        return start;
    }

    /// Where addresses are not translated, the kernel's are physical.
    std::uint64_t translated(const Ppc64Registers& registers, std::uint64_t address) const {
        const std::uint64_t kernel = address | kPpc64Linear;
        return registers.real_mode() && kernel_.code.holds(kernel) ? kernel : address;
    }

    /// The place that an exception stopped, or that a CPU was at.
    void interrupted_at(const Ppc64Registers& registers, UnwoundBy way) {
        const std::uint64_t ip = translated(registers, registers.ip);
        sp_ = registers.sp;
        add(ip, CodeKind::exact, sp_, way, registers.user_mode());
        if (!going_on()) return;
        if (registers.user_mode()) return stop();
        const auto frame = kernel_.call_frame ? kernel_.call_frame(ip) : std::nullopt;
        if (!frame || !add_caller(*frame, registers)) add_caller_in_link_register(ip, registers);
    }

    /// By what the debug information says of the instruction. False where that is of no use.
    bool add_caller(const dwarf::CallFrame& frame, const Ppc64Registers& registers) {
        const auto base = value(registers, frame.cfa_register);
        if (!base) return false;
        const std::uint64_t caller = *base + static_cast<std::uint64_t>(frame.cfa_offset);
        const auto return_address =
            frame.return_offset
                ? memory_.word(caller + static_cast<std::uint64_t>(*frame.return_offset))
                : value(registers, frame.return_register);
        if (!return_address || !kernel_.code.holds(*return_address)) return false;
        sp_ = caller;
        add(*return_address, CodeKind::after_call, sp_, UnwoundBy::cfi);
        return true;
    }

    std::optional<std::uint64_t> value(const Ppc64Registers& registers,
                                       std::uint64_t number) const {
        if (number < registers.gpr.size()) return registers.gpr[number];
        if (number == kLinkColumn) return translated(registers, registers.link);
        return std::nullopt;
    }

    /// Without such information (assembler, modules, firmware): after any call of its own the link
    /// register leads into the function itself; before, to its caller.
    void add_caller_in_link_register(std::uint64_t ip, const Ppc64Registers& registers) {
        const std::uint64_t link = translated(registers, registers.link);
        const bool elsewhere = kernel_.code.holds(ip) ? kernel_.code.returns_elsewhere(ip, link)
                                                      : kernel_.code.holds(link);
        if (!elsewhere) return;
        const auto back = memory_.word(sp_ + kBackChain);
        const auto saved = back ? memory_.word(*back + kReturnAddress) : std::nullopt;
        // It has a frame, in which it saved it.
        if (saved == link) return;
        // It has a frame, but has saved nothing: where it would be is what the caller's last call
        // saved.
        if (saved && kernel_.code.return_to_same(*saved, link)) sp_ = *back;
        add(link, CodeKind::after_call, sp_, UnwoundBy::return_address);
    }

    /// From a frame to its caller's, or to what an exception interrupted.
    void step() {
        if (sp_ == 0) return stop();
        const auto back = memory_.word(sp_ + kBackChain);
        if (!back) return stop(kNotInDump);
        if (!is_first_at(sp_)) return;
        if (const auto registers = saved_registers(*back)) {
            return interrupted_at(*registers, UnwoundBy::frame_pointer);
        }
        // The outermost has none.
        if (*back == 0) return stop();
        const auto return_address = memory_.word(*back + kReturnAddress);
        if (!return_address) return stop(kNotInDump);
        if (!kernel_.code.holds(*return_address)) return stop(kNoCode);
        sp_ = *back;
        add(*return_address, CodeKind::after_call, sp_, UnwoundBy::frame_pointer);
    }

    /// What an exception saved in the frame, after a mark. The back chain is the stack pointer that
    /// it saved, which an old mark in a new frame does not repeat, nor that of the next frame after
    /// a small one.
    std::optional<Ppc64Registers> saved_registers(std::uint64_t back) const {
        for (const std::uint64_t place : kMarkPlaces) {
            const auto mark = memory_.word(sp_ + place);
            std::array<std::uint8_t, Ppc64Registers::kPtRegsSize> bytes{};
            if (!mark || std::ranges::find(kMarks, *mark) == kMarks.end() ||
                !memory_.read(sp_ + place + kMarkSize, bytes)) {
                continue;
            }
            const auto registers = Ppc64Registers::from_pt_regs(bytes, memory_.big_endian());
            const bool leads_there = registers.user_mode()
                                         ? registers.sp == back || back == 0
                                         : registers.sp == back && is_code(registers);
            if (leads_there) return registers;
        }
        return std::nullopt;
    }

    bool is_code(const Ppc64Registers& registers) const {
        return kernel_.code.holds(translated(registers, registers.ip));
    }

    const Kernel& kernel_;
    const KernelBytes& memory_;
    std::uint64_t sp_ = 0;
};

Ppc64Unwinder::Ppc64Unwinder(const KernelBytes& memory, Kernel kernel)
    : memory_(memory), kernel_(std::move(kernel)) {}

StackTrace Ppc64Unwinder::unwind(const CpuRegisters& registers, std::size_t max_frames) const {
    return Walk(*this, max_frames).from(std::get<Ppc64Registers>(registers));
}

StackTrace Ppc64Unwinder::unwind_switched_from(const DumpedTask& task,
                                               std::size_t max_frames) const {
    return Walk(*this, max_frames).switched_from(task.stack_pointer.value_or(0));
}

}  // namespace symline::vmcore
