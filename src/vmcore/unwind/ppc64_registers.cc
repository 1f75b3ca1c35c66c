#include "vmcore/unwind/ppc64_registers.h"

#include <string_view>

#include "base/bytes.h"

namespace symline::vmcore {

Ppc64Registers Ppc64Registers::from_pt_regs(std::span<const std::uint8_t, kPtRegsSize> bytes,
                                            bool big_endian) {
    base::Cursor in(bytes, big_endian);
    Ppc64Registers registers;
    for (std::uint64_t& each : registers.gpr) each = in.u64();
    registers.sp = registers.gpr[1];
    registers.ip = in.u64();
    registers.msr = in.u64();
    in.skip(8);  // the system call's first argument
    registers.ctr = in.u64();
    registers.link = in.u64();
    registers.xer = in.u64();
    registers.cr = in.u64();
    in.skip(8);  // whether interrupts were soft-disabled
    registers.trap = in.u64();
    return registers;
}

std::vector<NamedRegister> Ppc64Registers::named() const {
    static constexpr std::array<std::string_view, 32> kNames{
        "r0",  "r1",  "r2",  "r3",  "r4",  "r5",  "r6",  "r7",  "r8",  "r9",  "r10",
        "r11", "r12", "r13", "r14", "r15", "r16", "r17", "r18", "r19", "r20", "r21",
        "r22", "r23", "r24", "r25", "r26", "r27", "r28", "r29", "r30", "r31"};
    std::vector<NamedRegister> all{{"nip", ip}, {"msr", msr}, {"lr", link}, {"ctr", ctr}};
    for (std::size_t i = 0; i < gpr.size(); ++i) all.push_back({kNames[i], gpr[i]});
    all.push_back({"cr", cr});
    all.push_back({"xer", xer});
    return all;
}

}  // namespace symline::vmcore
