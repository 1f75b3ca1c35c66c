#include "dwarf/frame_expression.h"

#include <doctest/doctest.h>

#include <llvm/BinaryFormat/Dwarf.h>

#include <random>

#include "support/byte_writer.h"

using namespace symline;
using namespace symline::test;
namespace DW = llvm::dwarf;

namespace {

using Value = std::optional<std::uint64_t>;

/// Register N has the value 0x1000 * N up to number 20; memory holds the address plus 1 below
/// 0x10000.
Value evaluated(const ByteVector& expression, Value initial = std::nullopt,
                unsigned address_size = 8) {
    const std::function<Value(std::uint64_t)> registers = [](std::uint64_t number) {
        return number <= 20 ? Value(0x1000 * number) : std::nullopt;
    };
    const std::function<Value(std::uint64_t, unsigned)> memory = [](std::uint64_t address,
                                                                    unsigned size) {
        const std::uint64_t mask =
            size == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * size)) - 1;
        return address < 0x10000 ? Value((address + 1) & mask) : std::nullopt;
    };
    return dwarf::evaluate_frame_expression(expression,
                                            {.address_size = address_size,
                                             .bias = 0x500000,
                                             .register_value = registers,
                                             .memory = memory},
                                            initial);
}

ByteWriter two(std::int64_t left, std::int64_t right) {
    return ByteWriter().u8(DW::DW_OP_consts).sleb(left).u8(DW::DW_OP_consts).sleb(right);
}

std::uint64_t word(std::int64_t value) {
    return static_cast<std::uint64_t>(value);
}

}  // namespace

TEST_CASE("frame expressions: what a signal frame of glibc says") {
    // The interrupted stack pointer: DW_OP_breg7 160; DW_OP_deref.
    CHECK(evaluated(ByteWriter().u8(DW::DW_OP_breg7).sleb(160).u8(DW::DW_OP_deref).data()) ==
          0x70a1);
    // A procedure linkage table's frame: rsp+8+((((rip&15)>=11)<<3)).
    const auto plt = ByteWriter()
                         .u8(DW::DW_OP_breg7)
                         .sleb(8)
                         .u8(DW::DW_OP_breg16)
                         .sleb(11)
                         .u8(DW::DW_OP_lit15)
                         .u8(DW::DW_OP_and)
                         .u8(DW::DW_OP_lit11)
                         .u8(DW::DW_OP_ge)
                         .u8(DW::DW_OP_lit3)
                         .u8(DW::DW_OP_shl)
                         .u8(DW::DW_OP_plus)
                         .data();
    CHECK(evaluated(plt) == 0x7010);
}

TEST_CASE("frame expressions: numbers") {
    CHECK(evaluated(two(-7, 2).u8(DW::DW_OP_div).data()) == word(-3));
    CHECK(evaluated(two(7, 3).u8(DW::DW_OP_mod).data()) == 1);
    CHECK(evaluated(two(7, 3).u8(DW::DW_OP_minus).data()) == 4);
    CHECK(evaluated(two(7, 3).u8(DW::DW_OP_mul).data()) == 21);
    CHECK(evaluated(two(6, 3).u8(DW::DW_OP_or).data()) == 7);
    CHECK(evaluated(two(6, 3).u8(DW::DW_OP_xor).data()) == 5);
    CHECK(evaluated(two(-8, 1).u8(DW::DW_OP_shra).data()) == word(-4));
    CHECK(evaluated(two(-8, 200).u8(DW::DW_OP_shra).data()) == word(-1));
    CHECK(evaluated(two(-8, 60).u8(DW::DW_OP_shr).data()) == 15);
    CHECK(evaluated(two(1, 64).u8(DW::DW_OP_shl).data()) == 0);
    CHECK(evaluated(two(-1, 1).u8(DW::DW_OP_lt).data()) == 1);
    CHECK(evaluated(two(-1, 1).u8(DW::DW_OP_gt).data()) == 0);
    CHECK(evaluated(two(1, 1).u8(DW::DW_OP_eq).data()) == 1);
    CHECK(evaluated(two(1, 1).u8(DW::DW_OP_ne).data()) == 0);
    CHECK(evaluated(two(1, -5).u8(DW::DW_OP_abs).data()) == 5);
    CHECK(evaluated(two(1, 5).u8(DW::DW_OP_neg).data()) == word(-5));
    CHECK(evaluated(two(1, 5).u8(DW::DW_OP_not).data()) == word(-6));
    CHECK(evaluated(two(1, 5).u8(DW::DW_OP_plus_uconst).uleb(300).data()) == 305);
    CHECK(evaluated(ByteWriter().u8(DW::DW_OP_const1s).u8(0xff).data()) == word(-1));
    CHECK(evaluated(ByteWriter().u8(DW::DW_OP_const2u).u16(0xffff).data()) == 0xffff);
    CHECK(evaluated(ByteWriter().u8(DW::DW_OP_const4s).u32(0xffff'fffe).data()) == word(-2));
    CHECK(evaluated(ByteWriter().u8(DW::DW_OP_addr).u64(0x40).data()) == 0x500040);
    CHECK(evaluated(ByteWriter().u8(DW::DW_OP_bregx).uleb(20).sleb(-1).data()) == 0x13fff);
}

TEST_CASE("frame expressions: the stack") {
    CHECK(evaluated(two(1, 2).u8(DW::DW_OP_swap).data()) == 1);
    CHECK(evaluated(two(1, 2).u8(DW::DW_OP_over).data()) == 1);
    CHECK(evaluated(two(1, 2).u8(DW::DW_OP_drop).data()) == 1);
    CHECK(evaluated(two(1, 2).u8(DW::DW_OP_pick).u8(1).data()) == 1);
    // The top becomes the third, the second the top.
    const auto rotated = two(1, 2).u8(DW::DW_OP_lit3).u8(DW::DW_OP_rot);
    CHECK(evaluated(rotated.data()) == 2);
    CHECK(evaluated(ByteWriter(rotated).u8(DW::DW_OP_drop).data()) == 1);
    CHECK(evaluated(ByteWriter(rotated).u8(DW::DW_OP_drop).u8(DW::DW_OP_drop).data()) == 3);
    CHECK(evaluated(ByteWriter().u8(DW::DW_OP_lit8).u8(DW::DW_OP_plus).data(), 0x100) == 0x108);
    CHECK(evaluated(ByteWriter().u8(DW::DW_OP_lit8).u8(DW::DW_OP_deref_size).u8(1).data()) == 9);
    const auto branch = [](std::uint64_t condition) {
        return ByteWriter()
            .u8(DW::DW_OP_lit1)
            .u8(DW::DW_OP_lit0 + condition)
            .u8(DW::DW_OP_bra)
            .u16(1)
            .u8(DW::DW_OP_lit7)
            .data();
    };
    CHECK(evaluated(branch(1)) == 1);
    CHECK(evaluated(branch(0)) == 7);
}

TEST_CASE("frame expressions: addresses of 32 bits wrap around") {
    CHECK(evaluated(two(-4, 8).u8(DW::DW_OP_plus).data(), std::nullopt, 4) == 4);
    CHECK(evaluated(two(-8, 2).u8(DW::DW_OP_div).data(), std::nullopt, 4) == 0xffff'fffc);
}

TEST_CASE("frame expressions: what is damaged or not known gives nothing") {
    const auto none = [](const ByteWriter& expression) {
        CHECK_FALSE(evaluated(expression.data()));
    };
    none(ByteWriter());
    none(ByteWriter().u8(DW::DW_OP_plus));
    none(ByteWriter().u8(DW::DW_OP_lit1).u8(DW::DW_OP_plus));
    none(ByteWriter().u8(DW::DW_OP_breg0 + 25).sleb(0));
    none(ByteWriter().u8(DW::DW_OP_breg0 + 20).sleb(0).u8(DW::DW_OP_deref));
    none(two(1, 0).u8(DW::DW_OP_div));
    none(two(1, 0).u8(DW::DW_OP_mod));
    none(ByteWriter().u8(DW::DW_OP_lit1).u8(DW::DW_OP_pick).u8(1));
    none(ByteWriter().u8(DW::DW_OP_lit1).u8(DW::DW_OP_rot));
    none(ByteWriter().u8(DW::DW_OP_lit1).u8(DW::DW_OP_deref_size).u8(9));
    none(ByteWriter().u8(DW::DW_OP_call_frame_cfa));
    none(ByteWriter().u8(0xff));
    // A loop without an end, and one that fills the stack.
    none(ByteWriter().u8(DW::DW_OP_skip).u16(0xfffd));
    none(ByteWriter().u8(DW::DW_OP_lit1).u8(DW::DW_OP_skip).u16(0xfffc));
    none(ByteWriter().u8(DW::DW_OP_skip).u16(0x8000));
    // The smallest number has no positive twin: its quotient by -1 is itself.
    const auto smallest = ByteWriter().u8(DW::DW_OP_const8u).u64(std::uint64_t{1} << 63);
    CHECK(evaluated(ByteWriter(smallest).u8(DW::DW_OP_consts).sleb(-1).u8(DW::DW_OP_div).data()) ==
          std::uint64_t{1} << 63);
}

TEST_CASE("frame expressions: random bytes") {
    std::mt19937 random(7);
    for (int round = 0; round < 20000; ++round) {
        ByteVector bytes(random() % 24);
        for (auto& each : bytes) each = static_cast<std::uint8_t>(random());
        (void)evaluated(bytes, random() % 2 == 0 ? Value(random()) : std::nullopt,
                        random() % 2 == 0 ? 4 : 8);
    }
}
