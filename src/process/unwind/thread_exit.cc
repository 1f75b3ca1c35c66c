#include "process/unwind/thread_exit.h"

#include <algorithm>
#include <array>

#include "elf/constants.h"
#include "process/unwind/signal_trampolines.h"

namespace symline::process {
namespace {

struct ExitCode {
    std::uint16_t machine = 0;
    std::array<TrampolineCode, 3> code;
};

// sysdeps/unix/sysv/linux/*/clone.S of glibc 2.36
constexpr std::array kExits{
    // mov r7, #1; svc 0, in T32 and A32
    ExitCode{elf::kArm, {{{0xf04f, 2}, {0x0701, 2}, {0xdf00, 2}}}},
    ExitCode{elf::kArm, {{{0xe3a07001, 4}, {0xef000000, 4}}}},
    // li r0, 1; sc
    ExitCode{elf::kPpc, {{{0x38000001, 4}, {0x44000002, 4}}}},
    // ld r2, 24(r1) or, of the first ABI, ld r2, 40(r1); li r0, 1; sc
    ExitCode{elf::kPpc64, {{{0xe8410018, 4}, {0x38000001, 4}, {0x44000002, 4}}}},
    ExitCode{elf::kPpc64, {{{0xe8410028, 4}, {0x38000001, 4}, {0x44000002, 4}}}},
};

bool is_at(const UnwindSource& source, const ExitCode& exit, std::uint64_t address) {
    // 32-bit Arm has little-endian code beside big-endian data.
    const bool big_endian = source.big_endian() && exit.machine != elf::kArm;
    for (const TrampolineCode& each : exit.code) {
        std::array<std::uint8_t, 4> bytes{};
        const auto part = std::span(bytes).first(each.size);
        if (each.size == 0) break;
        if (!source.code_memory().read(address, part)) return false;
        base::Cursor in(part, big_endian);
        if ((each.size == 2 ? in.u16() : in.u32()) != each.code) return false;
        address += each.size;
    }
    return true;
}

}  // namespace

bool exits_thread(const UnwindSource& source, std::uint64_t address) {
    return std::ranges::any_of(kExits, [&](const ExitCode& each) {
        return each.machine == source.machine().machine && is_at(source, each, address);
    });
}

}  // namespace symline::process
