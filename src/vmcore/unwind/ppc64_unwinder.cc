#include "vmcore/unwind/ppc64_unwinder.h"

#include <algorithm>
#include <array>
#include <utility>

#include "vmcore/memory/ppc64_memory.h"
#include "vmcore/unwind/ppc64_epilogue.h"

namespace symline::vmcore {
namespace {

/// A mark before struct pt_regs: "regshere", and since Linux 6.0 "REGS" in the machine's order.
constexpr std::array<std::uint64_t, 3> kMarks{0x7265'6773'6865'7265, 0x5347'4552, 0x5245'4753};
constexpr std::uint64_t kMarkSize = 16;
/// Where it is in a frame: to Linux 6.1 and in ELF V1; since 6.2.
constexpr std::array<std::uint64_t, 2> kMarkPlaces{96, 32};
constexpr std::uint64_t kNipInRegisters = std::uint64_t{32} * 8;

}  // namespace

/// One stack.
class Ppc64Unwinder::Walk : BackChainWalk {
public:
    Walk(const Ppc64Unwinder& owner, std::size_t max_frames)
        : BackChainWalk(owner.memory_, owner.kernel_, max_frames) {}

    StackTrace from(const Ppc64Registers& registers) {
        interrupted_at(registers, UnwoundBy::registers);
        return run();
    }

    /// The frame of _switch, which holds the registers to go on with.
    StackTrace switched_from(std::uint64_t sp) {
        const auto back = memory().word(sp + kFrame.back_chain);
        if (!back) {
            stop(kNotInDump);
        } else if (const auto start = never_ran(sp, return_address(*back))) {
            add(*start, CodeKind::exact, sp, UnwoundBy::registers);
            stop();
        } else {
            called_from(*back, UnwoundBy::registers);
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
            const auto saved = memory().word(sp + place + kMarkSize + kNipInRegisters);
            if (!saved || !is_code(*saved)) continue;
            if (saved == return_address) return std::nullopt;
            start = saved;
        }
        return start;
    }

    bool has_left_frame(std::uint64_t ip) const override {
        return has_left_ppc64_frame(memory(), ip);
    }

    /// Where addresses are not translated, the kernel's are physical.
    std::uint64_t translated(const Ppc64Registers& registers, std::uint64_t address) const {
        const std::uint64_t kernel = address | kPpc64Linear;
        return registers.real_mode() && is_code(kernel) ? kernel : address;
    }

    void interrupted_at(const Ppc64Registers& registers, UnwoundBy way) {
        stopped_at({.ip = translated(registers, registers.ip),
                    .sp = registers.sp,
                    .link = translated(registers, registers.link),
                    .user = registers.user_mode(),
                    .general = registers.gpr},
                   way);
    }

    /// From a frame to its caller's, or to what an exception interrupted.
    void step() {
        if (stack_pointer() == 0) return stop();
        const auto back = back_chain();
        if (!back) return stop(kNotInDump);
        if (!is_first_at(stack_pointer())) return;
        if (const auto registers = saved_registers(*back)) {
            return interrupted_at(*registers, UnwoundBy::frame_pointer);
        }
        // The outermost has none.
        if (*back == 0) return stop();
        called_from(*back, UnwoundBy::frame_pointer);
    }

    /// What an exception saved in the frame, after a mark. The back chain is the stack pointer that
    /// it saved, which an old mark in a new frame does not repeat, nor that of the next frame after
    /// a small one.
    std::optional<Ppc64Registers> saved_registers(std::uint64_t back) const {
        for (const std::uint64_t place : kMarkPlaces) {
            const std::uint64_t at = stack_pointer() + place;
            const auto mark = memory().word(at);
            std::array<std::uint8_t, Ppc64Registers::kPtRegsSize> bytes{};
            if (!mark || std::ranges::find(kMarks, *mark) == kMarks.end() ||
                !memory().read(at + kMarkSize, bytes)) {
                continue;
            }
            const auto registers = Ppc64Registers::from_pt_regs(bytes, memory().big_endian());
            const bool leads_there =
                registers.user_mode()
                    ? registers.sp == back || back == 0
                    : registers.sp == back && is_code(translated(registers, registers.ip));
            if (leads_there) return registers;
        }
        return std::nullopt;
    }
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
