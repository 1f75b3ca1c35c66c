#include "process/registers/registers.h"

#include <doctest/doctest.h>

#include "elf/constants.h"
#include "support/byte_writer.h"

using namespace symline;
using namespace symline::process;

TEST_CASE("the highest bit of an address of 31-bit s390 is its mode") {
    const auto* facts = machine_facts(elf::kS390, 4);
    REQUIRE(facts != nullptr);
    test::ByteWriter bytes(true);
    bytes.u32(0x070d2000).u32(0x80401234);
    for (std::uint64_t i = 0; i < 16; ++i) bytes.u32(0x100 + i);
    const auto registers = read_registers(*facts, bytes.data(), true);
    REQUIRE(registers);
    CHECK(registers->pc == 0x401234);
    CHECK(registers->by_number(14) == 0x10e);
    CHECK(facts->cfa_bias == 96);
    CHECK(machine_facts(elf::kS390, 8)->cfa_bias == 160);
}

TEST_CASE("registers of SPARC, of both sizes") {
    for (const bool wide : {false, true}) {
        const auto* facts = machine_facts(wide ? elf::kSparcV9 : elf::kSparc32Plus, wide ? 8 : 4);
        REQUIRE(facts != nullptr);
        const unsigned size = wide ? 8 : 4;
        test::ByteWriter bytes(true);
        for (std::uint64_t i = 0; i < 36; ++i) bytes.word(0x100 + i, size);
        const auto registers = read_registers(*facts, bytes.data(), true);
        REQUIRE(registers);
        CHECK(registers->pc == 0x121);
        CHECK(registers->by_number(30) == 0x11e);
        CHECK(has_register(*facts, 31));
        CHECK_FALSE(has_register(*facts, 32));
        const auto cut = base::Bytes(bytes.data()).first(std::size_t{35} * size);
        CHECK_FALSE(read_registers(*facts, cut, true));
    }
    CHECK(machine_facts(elf::kSparcV9, 4) == nullptr);
}
