#include "process/unwind/code_address.h"

#include <doctest/doctest.h>

#include "process/stack_source.h"

using namespace symline;
using process::code_address;
using process::Registers;
using symline::test::StackSource;

TEST_CASE("a signature is taken off by the mask of the thread") {
    const StackSource source(elf::kArm64);
    Registers registers;
    registers.signature_bits = 0x007f'0000'0000'0000;
    CHECK(code_address(source, registers, 0x0035'0000'0000'1234) == 0x1234);
    // And nothing else is.
    CHECK(code_address(source, registers, 0x0035'0012'0000'1234) == 0x12'0000'1234);
    CHECK(code_address(source, registers, 0x0035'0000'0000'0000) == 0);
}

TEST_CASE("without a mask, a signature is what does not lead to code") {
    const StackSource source(elf::kArm64);
    const Registers registers;
    CHECK(code_address(source, registers, 0x1234) == 0x1234);
    CHECK(code_address(source, registers, 0x0035'0000'0000'1234) == 0x1234);
    CHECK(code_address(source, registers, 0x0001'ff80'0000'1234) == 0x1234);
    CHECK(code_address(source, registers, 0x0035'0000'0000'5678) == 0x0035'0000'0000'5678);
    // The end of a stack, signed as any other address.
    CHECK(code_address(source, registers, 0x0035'0000'0000'0000) == 0);
    const StackSource other(elf::kRiscv);
    CHECK(code_address(other, registers, 0x0035'0000'0000'1234) == 0x0035'0000'0000'1234);
}

TEST_CASE("SPARC returns to two instructions after what a call left") {
    const StackSource source(elf::kSparcV9);
    CHECK(code_address(source, {}, 0x1234) == 0x123c);
    CHECK(code_address(source, {}, 0) == 0);
}
