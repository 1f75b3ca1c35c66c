#include "process/registers/extended_registers.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "elf/constants.h"
#include "output/numbers.h"
#include "support/byte_writer.h"

using namespace symline;
using namespace symline::process;
using test::ByteVector;
using test::ByteWriter;

namespace {

constexpr std::uint32_t kFloat = 2;
constexpr std::uint32_t kXstate = 0x202;

/// An area of XSAVE in which each byte from `from` on is told by its place.
ByteVector area(std::size_t size, std::uint64_t there, std::uint64_t stored) {
    ByteVector bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i / 16);
    const auto put = [&](std::size_t at, std::uint64_t value) {
        const auto word = ByteWriter().u64(value).data();
        std::ranges::copy(word, bytes.begin() + static_cast<std::ptrdiff_t>(at));
    };
    put(464, there);
    put(512, stored);
    return bytes;
}

std::string value(const std::vector<ExtendedRegister>& registers, std::string_view name) {
    const auto found = std::ranges::find(registers, name, &ExtendedRegister::name);
    if (found == registers.end()) return "none";
    std::string text;
    output::append_0x(text, found->bytes);
    return text;
}

std::string times(std::string_view pair, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += pair;
    return text;
}

std::vector<ExtendedRegister> x86(const ByteVector& area, const ByteVector& layout = {},
                                  std::uint16_t machine = elf::kX86_64) {
    const std::vector<RegisterSet> sets{{kXstate, area}, {kXsaveLayoutSet, layout}};
    return read_extended_registers(machine, false, sets);
}

}  // namespace

TEST_CASE("xsave: vectors are as wide as the machine has them") {
    // x87, SSE: 160 is the 10th piece of 16 bytes.
    auto found = x86(area(576, 3, 3));
    CHECK(value(found, "xmm0") == "0x" + times("0a", 16).substr(1));
    CHECK(value(found, "xmm15") == "0x" + times("19", 16));
    CHECK(value(found, "st1") == "0x" + times("03", 10).substr(1));
    CHECK(value(found, "mxcsr") == "0x1010101");
    CHECK(value(found, "ymm0") == "none");
    found = x86(area(832, 7, 7));
    CHECK(value(found, "xmm0") == "none");
    CHECK(value(found, "ymm1") == "0x" + times("25", 16) + times("0b", 16));
    CHECK(value(found, "zmm0") == "none");
    CHECK(value(found, "k0") == "none");
    found = x86(area(2696, 0x2e7, 0x2e7));
    CHECK(value(found, "ymm0") == "none");
    CHECK(value(found, "zmm0") ==
          "0x" + times("49", 16) + times("48", 16) + times("24", 16) + times("0a", 16));
    // Lowest bytes first: 1664 + 15 * 64 is piece 164.
    CHECK(value(found, "zmm31") ==
          "0x" + times("a7", 16) + times("a6", 16) + times("a5", 16) + times("a4", 16));
    CHECK(value(found, "k2") == "0x" + times("45", 8));
    CHECK(value(found, "pkru") == "0xa8a8a8a8");
}

TEST_CASE("xsave: what the processor had not stored is what it was reset to") {
    const auto found = x86(area(2696, 0x2e7, 0x6));
    CHECK(value(found, "zmm1") == "0x" + times("25", 16) + times("0b", 16));
    CHECK(value(found, "zmm16") == "0x0");
    CHECK(value(found, "k0") == "0x0");
    CHECK(value(found, "st0") == "0x0");
}

TEST_CASE("xsave: AMD's processors leave MPX out, and newer kernels say where the parts are") {
    auto found = x86(area(2440, 0x2e7, 0x2e7));
    // 832, 896, 1408, 2432
    CHECK(value(found, "k0") == "0x" + times("34", 8));
    CHECK(value(found, "zmm0").starts_with("0x" + times("39", 16) + times("38", 16)));
    CHECK(value(found, "zmm16").ends_with(times("58", 16)));
    CHECK(value(found, "pkru") == "0x98989898");
    ByteWriter layout;
    layout.u32(2).u32(256).u32(640).u32(0).u32(6).u32(512).u32(1024).u32(0);
    found = x86(area(2696, 0x2e7, 0x2e7), layout.data());
    CHECK(value(found, "zmm0")
              .ends_with(times("41", 16) + times("40", 16) + times("28", 16) + times("0a", 16)));
    // One that lies has parts beyond the area.
    found = x86(area(2696, 0x2e7, 0x2e7), ByteWriter().u32(2).u32(0).u32(~0U).u32(0).data());
    CHECK(value(found, "zmm0").ends_with(times("00", 16) + times("0a", 16)));
}

TEST_CASE("xsave: an area that is cut short") {
    CHECK(x86(area(511 + 9, 7, 7)).size() == 16 + 11);  // the header's first word is there
    auto found = x86(area(600, 7, 7));
    CHECK(value(found, "ymm0") == "0x" + times("24", 16) + times("0a", 16));
    CHECK(value(found, "ymm2") == "0x" + times("0c", 16).substr(1));
    CHECK(x86(ByteVector(515)).size() == 16 + 11);
    CHECK(x86(ByteVector(511)).empty());
    CHECK(x86({}).empty());
}

TEST_CASE("xsave: without XCR0 what was in use is known; 32-bit code has eight vectors") {
    CHECK(value(x86(area(832, 0, 7)), "ymm15") != "none");
    const auto found = x86(area(832, 7, 7), {}, elf::kI386);
    CHECK(value(found, "ymm7") != "none");
    CHECK(value(found, "ymm8") == "none");
}

TEST_CASE("fxsave: where there is no area of XSAVE") {
    const auto bytes = area(512 + 8, 0, 0);
    const std::vector<RegisterSet> sets{{kFloat, base::Bytes(bytes).first(512)}};
    CHECK(value(read_extended_registers(elf::kX86_64, false, sets), "xmm1") ==
          "0x" + times("0b", 16).substr(1));
    const std::vector<RegisterSet> narrow{{0x46e62b7f, base::Bytes(bytes).first(512)}};
    const auto found = read_extended_registers(elf::kI386, false, narrow);
    CHECK(value(found, "xmm7") == "0x" + times("11", 16));
    CHECK(value(found, "xmm8") == "none");
}

TEST_CASE("extended registers of arm64, with those that are cut off left out") {
    ByteWriter bytes;
    for (std::uint64_t i = 0; i < 32; ++i) bytes.u64(i).u64(0x100 + i);
    bytes.u32(5).u32(6).zeros(8);
    const auto thread = ByteWriter().u64(0x7f00).data();
    const std::vector<RegisterSet> sets{{kFloat, bytes.data()}, {0x401, thread}};
    auto found = read_extended_registers(elf::kArm64, false, sets);
    CHECK(value(found, "v31") == "0x11f000000000000001f");
    CHECK(value(found, "v0") == "0x1000000000000000000");
    CHECK(value(found, "fpsr") == "0x5");
    CHECK(value(found, "fpcr") == "0x6");
    CHECK(value(found, "tpidr") == "0x7f00");
    const std::vector<RegisterSet> cut{{kFloat, base::Bytes(bytes.data()).first(40)}};
    found = read_extended_registers(elf::kArm64, false, cut);
    CHECK(found.size() == 2);
}

TEST_CASE("extended registers of arm64: scalable vectors, where they are in use") {
    const auto note = [](std::uint32_t length, std::uint32_t flags) {
        ByteWriter bytes;
        bytes.u32(0).u32(0).u16(length).u16(256).u16(flags).u16(0);
        for (std::uint64_t i = 0; i < 32; ++i) bytes.u64(i).zeros(length - 8);
        for (std::uint64_t i = 0; i < 17; ++i) bytes.u8(0x40 + i).zeros(length / 8 - 1);
        bytes.align(16).u32(7).u32(8);
        return bytes.data();
    };
    const auto plain = ByteWriter().u64(9).zeros(520).data();
    const auto used = note(32, 1);
    const std::vector<RegisterSet> sets{{kFloat, plain}, {0x405, used}};
    auto found = read_extended_registers(elf::kArm64, false, sets);
    CHECK(found.size() == 32 + 16 + 1 + 2);
    CHECK(value(found, "z31") == "0x1f");
    CHECK(found[0].bytes.size() == 32);
    CHECK(value(found, "p0") == "0x40");
    CHECK(value(found, "ffr") == "0x50");
    CHECK(value(found, "fpsr") == "0x7");
    CHECK(value(found, "fpcr") == "0x8");
    // Not in use: the note has the form of the other one, which may be missing.
    ByteWriter unused;
    unused.u32(0).u32(0).u16(32).u16(256).u16(0).u16(0).u64(5).zeros(520);
    const std::vector<RegisterSet> alone{{0x405, unused.data()}};
    found = read_extended_registers(elf::kArm64, false, alone);
    CHECK(value(found, "v0") == "0x5");
    CHECK(found.size() == 34);
    // A length that lies, and a note that is cut short.
    for (const auto& bad : {note(48, 1), ByteVector(14, 0xff), ByteVector(15)}) {
        ByteVector odd = bad;
        if (odd.size() > 100) odd[8] = 17;
        const std::vector<RegisterSet> lies{{kFloat, plain}, {0x405, odd}};
        CHECK(value(read_extended_registers(elf::kArm64, false, lies), "z0") == "none");
    }
    const std::vector<RegisterSet> cut{{0x405, base::Bytes(used).first(16 + 40)}};
    CHECK(read_extended_registers(elf::kArm64, false, cut).size() == 1);
}

TEST_CASE("extended registers of a big-endian machine") {
    ByteWriter bytes(true);
    bytes.u32(0x80000).zeros(4).u64(0x3ff0000000000000).u64(7).zeros(14 * 8);
    const std::vector<RegisterSet> sets{{kFloat, bytes.data()}};
    const auto found = read_extended_registers(elf::kS390, true, sets);
    CHECK(value(found, "fpc") == "0x80000");
    CHECK(value(found, "f0") == "0x3ff0000000000000");
    CHECK(value(found, "f1") == "0x7");
    CHECK(found.size() == 17);
}

TEST_CASE("extended registers of SPARC and 32-bit PowerPC") {
    ByteWriter general(true), floating(true);
    for (std::uint64_t i = 0; i < 36; ++i) general.u64(0x100 + i);
    for (std::uint64_t i = 0; i < 66; ++i) floating.u32(0x200 + i);
    const std::vector<RegisterSet> sets{{kGeneralSet, general.data()}, {kFloat, floating.data()}};
    const auto sparc = read_extended_registers(elf::kSparcV9, true, sets);
    CHECK(value(sparc, "tstate") == "0x120");
    CHECK(value(sparc, "f31") == "0x21f");
    CHECK(value(sparc, "fsr") == "0x24000000241");
    const auto power = read_extended_registers(elf::kPpc, true, sets);
    CHECK(value(power, "f1") == "0x20200000203");
    CHECK(value(power, "fpscr") == "0x24000000241");
}

TEST_CASE("registers of the system stand among the general ones") {
    ByteWriter bytes;
    for (std::uint64_t i = 0; i < 27; ++i) bytes.u64(0x100 + i);
    const std::vector<RegisterSet> sets{{kGeneralSet, bytes.data()}};
    const auto found = read_extended_registers(elf::kX86_64, false, sets);
    CHECK(value(found, "orig_rax") == "0x10f");
    CHECK(value(found, "fs_base") == "0x115");
    CHECK(value(found, "gs") == "0x11a");
    CHECK(read_extended_registers(0x1234, false, sets).empty());
    CHECK(extended_sets(0x1234).empty());
}
