#include "symbolize/calls.h"

#include <doctest/doctest.h>

#include "support/files.h"

using namespace symline;
using namespace symline::test;
using symbolize::CallAt;

namespace {

struct Place {
    const char* file;
    const char* function;
    std::uint64_t offset;
    CallAt call;
};

// Of outer() each calls hypotenuse's parts; check() ends in a call that does not return, so that
// the next function begins where it would return to. As objdump shows them.
constexpr Place kPlaces[] = {
    {"aarch64-clang", "outer", 0x14, CallAt::yes},
    {"aarch64-clang", "outer", 0x18, CallAt::no},
    {"aarch64-clang", "drain_all", 0, CallAt::yes},
    {"aarch64-clang", "outer", 0, CallAt::no},
    {"mips-clang", "outer", 0x14, CallAt::yes},  // after the delay slot
    {"mips-clang", "outer", 0x10, CallAt::no},
    {"mips-clang", "drain_all", 0, CallAt::yes},
    {"riscv64-gcc", "outer", 0xc, CallAt::yes},
    {"riscv64-gcc", "outer", 0x4a, CallAt::yes},
    {"riscv64-gcc", "outer", 0x8, CallAt::no},
    {"riscv64-gcc", "drain.part.0", 0, CallAt::yes},
    {"arm-clang", "outer", 0xc, CallAt::yes},
    {"arm-clang", "outer", 0x10, CallAt::no},
    {"arm-clang", "drain_all", 0, CallAt::yes},
    {"s390x-gcc", "outer", 0x16, CallAt::yes},
    {"s390x-gcc", "outer", 0x10, CallAt::no},
    {"s390x-gcc", "drain_all", 0x3e, CallAt::yes},
    {"ppc-gcc", "outer", 0x18, CallAt::yes},
    {"ppc-gcc", "outer", 0x14, CallAt::no},
    {"ppc-gcc", "drain_all", 0x30, CallAt::yes},
    {"i386-gcc", "_start", 0xe, CallAt::yes},
    {"i386-gcc", "drain_all", 0x1c, CallAt::yes},
    {"i386-gcc", "drain_all", 0x1b, CallAt::no},
    {"mini-vmlinux-gcc", "sched_fork", 0x46, CallAt::yes},
    {"mini-vmlinux-gcc", "do_fork", 0x10, CallAt::no},
    {"machines/vmlinux-thumb", "ksys_write", 0x6, CallAt::yes},
    {"machines/vmlinux-thumb", "ksys_write", 0xa, CallAt::no},
    {"machines/vmlinux-thumb", "handle_sysrq", 0x16, CallAt::yes},  // blx r3
    {"machines/vmlinux-thumb", "handle_sysrq", 0, CallAt::yes},
    {"machines/vmlinux-thumb", "system_call", 0xc, CallAt::yes},  // A32
    {"machines/vmlinux-loongarch64", "first_open", 0, CallAt::yes},
    {"machines/vmlinux-ppc64le", "sysrq_handle_crash", 0x24, CallAt::yes},
    {"stripped-debug", "outer", 0, CallAt::no},
};

}  // namespace

TEST_CASE("calls: in the programs of each machine") {
    for (const Place& place : kPlaces) {
        CAPTURE(place.file);
        CAPTURE(place.function);
        CAPTURE(place.offset);
        const auto module = Module::open(fixture(place.file));
        REQUIRE(module);
        const auto symbols = module->symbols().named(place.function);
        REQUIRE(symbols);
        REQUIRE_FALSE(symbols->empty());
        const FileAddress address{symbols->front().address.value + place.offset};
        CHECK(symbolize::call_ends_at(*module, address) == place.call);
    }
}

TEST_CASE("calls: what a warning traps with") {
    using symbolize::InstructionSet;
    using Bytes = std::vector<std::uint8_t>;
    const auto traps = [](std::uint16_t machine, const Bytes& code, bool big_endian = false) {
        const InstructionSet set{.machine = machine, .is64 = true, .big_endian = big_endian};
        return symbolize::is_trap(set, code);
    };
    CHECK(traps(62, {0x0f, 0x0b, 0x90, 0x90}));              // ud2
    CHECK(traps(62, {0x67, 0x48, 0x0f, 0xb9}) == false);     // a prefix too many
    CHECK(traps(62, {0x67, 0x0f, 0xb9, 0x3a}));              // ud1 (%edx),%edi
    CHECK_FALSE(traps(62, {0x0f, 0x1f, 0x40, 0x00}));        // nopl
    CHECK(traps(183, {0x00, 0x00, 0x21, 0xd4}));             // brk #0x800
    CHECK_FALSE(traps(183, {0x1f, 0x20, 0x03, 0xd5}));       // nop
    CHECK(traps(243, {0x02, 0x90, 0x00, 0x00}));             // c.ebreak
    CHECK(traps(243, {0x73, 0x00, 0x10, 0x00}));             // ebreak
    CHECK(traps(21, {0x0f, 0xe0, 0x00, 0x00}, true));        // twui r0,0
    CHECK(traps(21, {0x00, 0x00, 0x09, 0x0b}));              // tdnei r9,0
    CHECK_FALSE(traps(21, {0x60, 0x00, 0x00, 0x00}, true));  // nop
    CHECK(traps(22, {0xaf, 0x00, 0x00, 0x00}, true));        // mc 0,0
    CHECK(traps(258, {0x01, 0x00, 0x2a, 0x00}));             // break 1
    CHECK_FALSE(traps(2, {0x0f, 0x0b}));
    CHECK_FALSE(traps(62, {}));
}
