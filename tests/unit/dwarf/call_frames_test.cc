#include "dwarf/call_frames.h"

#include <doctest/doctest.h>

#include <llvm/BinaryFormat/Dwarf.h>

#include <random>

#include "support/byte_writer.h"

using namespace symline;
using namespace symline::test;
namespace DW = llvm::dwarf;

namespace {

/// Of ppc64: the stack pointer and the link register.
constexpr unsigned kStack = 1, kLink = 65;

struct Form {
    bool big_endian = false, dwarf64 = false;
    unsigned version = 1;
};

void add_entry(ByteWriter& out, const Form& form, std::uint64_t id, const ByteWriter& body) {
    const unsigned size = form.dwarf64 ? 8 : 4;
    if (form.dwarf64) out.u32(0xffff'ffff);
    out.word(body.size() + size, size).word(id, size).bytes(body.data());
}

/// One for all functions, at the beginning: the canonical frame address is the stack pointer, the
/// return address in the link register.
void add_common(ByteWriter& out, const Form& form) {
    ByteWriter body(form.big_endian);
    body.u8(form.version).u8(0);
    if (form.version == 4) body.u8(8).u8(0);
    body.uleb(4).sleb(-8);
    form.version == 1 ? body.u8(kLink) : body.uleb(kLink);
    body.u8(DW::DW_CFA_def_cfa).uleb(kStack).uleb(0);
    add_entry(out, form, form.dwarf64 ? ~std::uint64_t{0} : 0xffff'ffff, body);
}

void add_function(ByteWriter& out, const Form& form, std::uint64_t begin, std::uint64_t size,
                  const ByteWriter& instructions) {
    ByteWriter body(form.big_endian);
    body.u64(begin).u64(size).bytes(instructions.data());
    add_entry(out, form, 0, body);
}

/// mflr r0; std r0,16(r1); stdu r1,-64(r1); …; addi r1,r1,64; …; mtlr r0; blr
ByteWriter usual(const Form& form) {
    ByteWriter out(form.big_endian);
    out.u8(DW::DW_CFA_advance_loc | 1).u8(DW::DW_CFA_register).uleb(kLink).uleb(0);
    out.u8(DW::DW_CFA_offset | 31).uleb(1);
    out.u8(DW::DW_CFA_advance_loc | 2).u8(DW::DW_CFA_def_cfa_offset).uleb(64);
    out.u8(DW::DW_CFA_offset_extended_sf).uleb(kLink).sleb(-2);
    out.u8(DW::DW_CFA_advance_loc1).u8(5).u8(DW::DW_CFA_remember_state);
    out.u8(DW::DW_CFA_def_cfa_offset).uleb(0);
    out.u8(DW::DW_CFA_advance_loc | 1).u8(DW::DW_CFA_restore_extended).uleb(kLink);
    out.u8(DW::DW_CFA_advance_loc | 1).u8(DW::DW_CFA_restore_state).u8(DW::DW_CFA_nop);
    return out;
}

std::optional<dwarf::CallFrame> simple_frame_at(const ByteVector& section, bool big_endian,
                                                std::uint64_t address) {
    using Entries = dwarf::CallFrameEntries;
    const dwarf::CallFrames frames(Entries({section}, Entries::Form::debug_frame, big_endian, 8));
    const auto rules = frames.rules_at(address);
    return rules ? dwarf::simple_call_frame(*rules) : std::nullopt;
}

}  // namespace

TEST_CASE("call frames: a function from its first instruction to its last") {
    for (const Form form : {Form{}, Form{.big_endian = true}, Form{.dwarf64 = true},
                            Form{.version = 3}, Form{.version = 4}}) {
        ByteWriter section(form.big_endian);
        add_common(section, form);
        add_function(section, form, 0x1000, 0x40, usual(form));
        add_function(section, form, 0x2000, 0x10, ByteWriter(form.big_endian));
        const auto at = [&](std::uint64_t address) {
            return simple_frame_at(section.data(), form.big_endian, address);
        };
        const auto check = [&](std::uint64_t address, std::int64_t cfa, std::uint64_t in_register,
                               std::optional<std::int64_t> in_memory) {
            const auto frame = at(address);
            REQUIRE(frame);
            CHECK(frame->cfa_register == kStack);
            CHECK(frame->cfa_offset == cfa);
            CHECK(frame->return_offset == in_memory);
            if (!in_memory) CHECK(frame->return_register == in_register);
        };
        check(0x1000, 0, kLink, {});
        check(0x1003, 0, kLink, {});
        check(0x1004, 0, 0, {});
        check(0x100c, 64, 0, 16);
        check(0x101c, 64, 0, 16);
        check(0x1020, 0, 0, 16);
        check(0x1024, 0, kLink, {});
        check(0x1028, 64, 0, 16);
        check(0x103f, 64, 0, 16);
        check(0x200c, 0, kLink, {});
        for (const std::uint64_t outside : {0xfff, 0x1040, 0x2010, 0}) CHECK_FALSE(at(outside));
    }
}

TEST_CASE("call frames: one number is SPARC's register windows and AArch64's signature") {
    const auto rules_of = [](std::uint64_t return_column, unsigned address_size) {
        ByteWriter section(true), common(true), function(true);
        common.u8(4).u8(0).u8(address_size).u8(0).uleb(4).sleb(-8).uleb(return_column);
        common.u8(DW::DW_CFA_def_cfa).uleb(14).uleb(0);
        add_entry(section, {.version = 4}, 0xffff'ffff, common);
        function.word(0x1000, address_size).word(0x10, address_size);
        function.u8(DW::DW_CFA_def_cfa_register).uleb(30).u8(0x2d);
        add_entry(section, {.version = 4}, 0, function);
        using Entries = dwarf::CallFrameEntries;
        const dwarf::CallFrames frames(
            Entries({section.data()}, Entries::Form::debug_frame, true, address_size));
        auto rules = frames.rules_at(0x1008);
        REQUIRE(rules);
        return *rules;
    };
    using Kind = dwarf::RegisterRule::Kind;
    for (const unsigned size : {4U, 8U}) {
        const auto sparc = rules_of(15, size);
        CHECK_FALSE(sparc.return_signed);
        CHECK(sparc.registers.size() == 24);
        REQUIRE(sparc.of(14) != nullptr);
        CHECK(sparc.of(14)->kind == Kind::in_register);
        CHECK(sparc.of(14)->number == 30);
        REQUIRE(sparc.of(31) != nullptr);
        CHECK(sparc.of(31)->kind == Kind::at_offset);
        CHECK(sparc.of(31)->offset == 15 * size);
        CHECK(sparc.of(7) == nullptr);
    }
    const auto arm = rules_of(30, 8);
    CHECK(arm.return_signed);
    CHECK(arm.registers.empty());
}

TEST_CASE("call frames: what is no register and offset is not known") {
    const Form form;
    const auto last = [&](const ByteWriter& instructions) {
        ByteWriter section;
        add_common(section, form);
        add_function(section, form, 0x1000, 0x10, instructions);
        return simple_frame_at(section.data(), false, 0x1000);
    };
    CHECK(last(ByteWriter().u8(DW::DW_CFA_val_expression).uleb(3).uleb(2).u8(0).u8(0)));
    CHECK(last(ByteWriter().u8(DW::DW_CFA_GNU_args_size).uleb(300)));
    CHECK_FALSE(last(ByteWriter().u8(DW::DW_CFA_def_cfa_expression).uleb(2).u8(0).u8(0)));
    CHECK_FALSE(last(ByteWriter().u8(DW::DW_CFA_expression).uleb(kLink).uleb(1).u8(0)));
    CHECK_FALSE(last(ByteWriter().u8(DW::DW_CFA_undefined).uleb(kLink)));
    CHECK_FALSE(last(ByteWriter().u8(DW::DW_CFA_val_offset).uleb(kLink).uleb(1)));
    CHECK_FALSE(last(ByteWriter().u8(DW::DW_CFA_restore_state)));
    CHECK_FALSE(last(ByteWriter().u8(DW::DW_CFA_expression).uleb(3).uleb(200)));
    CHECK_FALSE(last(ByteWriter().u8(0x3f)));
    const auto moved = last(ByteWriter().u8(DW::DW_CFA_def_cfa_sf).uleb(31).sleb(-3));
    REQUIRE(moved);
    CHECK(moved->cfa_register == 31);
    CHECK(moved->cfa_offset == 24);
}

TEST_CASE("call frames: damaged sections") {
    const Form form;
    ByteWriter whole;
    add_common(whole, form);
    for (unsigned i = 0; i < 8; ++i) {
        add_function(whole, form, 0x1000 + 0x40 * i, 0x40, usual(form));
    }
    std::mt19937 random(5);
    for (int round = 0; round < 3000; ++round) {
        ByteVector bytes = whole.data();
        for (unsigned i = random() % 8; i > 0; --i) {
            bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
        }
        bytes.resize(random() % (bytes.size() + 1));
        (void)simple_frame_at(bytes, false, 0x1000 + random() % 0x240);
    }
    ByteVector looped;
    for (int i = 0; i < 5000; ++i) looped.push_back(DW::DW_CFA_remember_state);
    ByteWriter section;
    add_common(section, form);
    add_function(section, form, 0x1000, 0x40, ByteWriter().bytes(looped));
    CHECK_FALSE(simple_frame_at(section.data(), false, 0x1000));
}
