#include "dwarf/call_frames.h"

#include <doctest/doctest.h>

#include <llvm/BinaryFormat/Dwarf.h>

#include <random>

#include "support/byte_writer.h"

using namespace symline;
using namespace symline::test;
namespace DW = llvm::dwarf;
using Kind = dwarf::RegisterRule::Kind;

namespace {

/// Of x86-64.
constexpr unsigned kStack = 7, kReturn = 16;
/// Where the sections lie.
constexpr std::uint64_t kFrames = 0x5000, kTable = 0x4000;
constexpr std::uint8_t kPcRelative = DW::DW_EH_PE_pcrel | DW::DW_EH_PE_sdata4;

/// .eh_frame with one CIE at its beginning.
class EhFrame {
public:
    explicit EhFrame(std::string_view letters = "zR", bool big_endian = false)
        : section_(big_endian), big_endian_(big_endian) {
        ByteWriter body(big_endian);
        body.u32(0).u8(1).string(letters).uleb(1).sleb(-8).u8(kReturn);
        ByteWriter data(big_endian);
        for (const char each : letters.substr(letters.empty() ? 0 : 1)) {
            if (each == 'R') data.u8(kPcRelative);
            if (each == 'L') data.u8(DW::DW_EH_PE_udata4);
            if (each == 'P') data.u8(DW::DW_EH_PE_udata4 | DW::DW_EH_PE_indirect).u32(0x1234);
        }
        if (!letters.empty()) body.uleb(data.data().size()).bytes(data.data());
        body.u8(DW::DW_CFA_def_cfa).uleb(kStack).uleb(8).u8(DW::DW_CFA_offset | kReturn).uleb(1);
        section_.u32(body.data().size()).bytes(body.data());
    }

    /// Where the FDE begins.
    std::uint64_t add(std::uint64_t begin, std::uint64_t size, const ByteWriter& instructions) {
        const std::uint64_t at = section_.data().size();
        ByteWriter body(big_endian_);
        body.u32(at + 4).u32(begin - (kFrames + at + 8)).u32(size).uleb(0);
        body.bytes(instructions.data());
        section_.u32(body.data().size()).bytes(body.data());
        rows_.emplace_back(begin, kFrames + at);
        return at;
    }
    void end_mark() { section_.u32(0); }

    ByteVector table() const {
        ByteWriter out(big_endian_);
        out.u8(1)
            .u8(kPcRelative)
            .u8(DW::DW_EH_PE_udata4)
            .u8(DW::DW_EH_PE_datarel | DW::DW_EH_PE_sdata4);
        out.u32(kFrames - (kTable + 4)).u32(rows_.size());
        for (const auto& [begin, entry] : rows_) out.u32(begin - kTable).u32(entry - kTable);
        return out.data();
    }
    const ByteVector& section() const { return section_.data(); }
    bool big_endian() const { return big_endian_; }

private:
    ByteWriter section_;
    bool big_endian_;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> rows_;
};

std::optional<dwarf::CallFrameRules> rules_at(const ByteVector& section, const ByteVector& table,
                                              std::uint64_t address, bool big_endian = false) {
    using Entries = dwarf::CallFrameEntries;
    const Entries entries({section, kFrames}, Entries::Form::eh_frame, big_endian, 8);
    if (table.empty()) return dwarf::CallFrames(entries).rules_at(address);
    return dwarf::CallFrames(entries, {table, kTable}).rules_at(address);
}

/// push rbp; …
ByteWriter pushes(std::int64_t cfa) {
    ByteWriter out;
    out.u8(DW::DW_CFA_advance_loc | 1)
        .u8(DW::DW_CFA_def_cfa_offset)
        .uleb(static_cast<std::uint64_t>(cfa));
    return out.u8(DW::DW_CFA_offset | 6).uleb(2);
}

}  // namespace

TEST_CASE("eh_frame: by its table and without, in both byte orders") {
    for (const bool big_endian : {false, true}) {
        EhFrame made("zR", big_endian);
        made.add(0x1000, 0x20, pushes(16));
        made.end_mark();
        made.add(0x1020, 0x10, pushes(32));
        made.add(0x2000, 0x10, pushes(48));
        for (const ByteVector& table : {made.table(), ByteVector{}, ByteVector{9, 9, 9}}) {
            const auto check = [&](std::uint64_t address, std::int64_t cfa, bool pushed) {
                const auto rules = rules_at(made.section(), table, address, big_endian);
                REQUIRE(rules);
                CHECK(rules->cfa.kind == Kind::in_register);
                CHECK(rules->cfa.number == kStack);
                CHECK(rules->cfa.offset == cfa);
                CHECK(rules->return_column == kReturn);
                REQUIRE(rules->of(kReturn));
                CHECK(rules->of(kReturn)->offset == -8);
                CHECK((rules->of(6) != nullptr) == pushed);
                CHECK_FALSE(rules->signal_frame);
            };
            check(0x1000, 8, false);
            check(0x1001, 16, true);
            check(0x101f, 16, true);
            check(0x1021, 32, true);
            check(0x200f, 48, true);
            for (const std::uint64_t outside : {0xfffU, 0x1030U, 0x1fffU, 0x2010U}) {
                CHECK_FALSE(rules_at(made.section(), table, outside, big_endian));
            }
        }
    }
}

TEST_CASE("eh_frame: augmentations") {
    EhFrame signal("zRS");
    signal.add(0x1000, 0x10, ByteWriter());
    CHECK(rules_at(signal.section(), {}, 0x1000)->signal_frame);
    EhFrame exceptions("zPLR");
    exceptions.add(0x1000, 0x10, pushes(16));
    CHECK(rules_at(exceptions.section(), {}, 0x1008)->cfa.offset == 16);
    EhFrame key("zRB");
    key.add(0x1000, 0x10, ByteWriter().u8(0x2d));
    CHECK(rules_at(key.section(), {}, 0x1008)->return_signed);
    EhFrame unknown("yR");
    unknown.add(0x1000, 0x10, pushes(16));
    CHECK_FALSE(rules_at(unknown.section(), {}, 0x1008));
}

TEST_CASE("eh_frame: AArch64's state of the return address is switched and kept") {
    ByteWriter signs;
    signs.u8(DW::DW_CFA_advance_loc | 4).u8(0x2d).u8(DW::DW_CFA_remember_state);
    signs.u8(DW::DW_CFA_advance_loc | 4).u8(0x2d);
    signs.u8(DW::DW_CFA_advance_loc | 4).u8(DW::DW_CFA_restore_state);
    EhFrame made;
    made.add(0x1000, 0x20, signs);
    for (const auto& [address, is_signed] :
         {std::pair(0x1000U, false), {0x1004U, true}, {0x1008U, false}, {0x100cU, true}}) {
        CHECK(rules_at(made.section(), {}, address)->return_signed == is_signed);
    }
}

TEST_CASE("eh_frame: expressions, values and other registers") {
    ByteWriter out;
    out.u8(DW::DW_CFA_def_cfa_expression).uleb(2).u8(DW::DW_OP_breg6).u8(0);
    out.u8(DW::DW_CFA_expression).uleb(3).uleb(1).u8(DW::DW_OP_lit1);
    out.u8(DW::DW_CFA_val_expression).uleb(4).uleb(1).u8(DW::DW_OP_lit2);
    out.u8(DW::DW_CFA_val_offset).uleb(5).uleb(2).u8(DW::DW_CFA_register).uleb(8).uleb(9);
    out.u8(DW::DW_CFA_undefined).uleb(10).u8(DW::DW_CFA_same_value).uleb(11);
    out.u8(DW::DW_CFA_undefined).uleb(kReturn).u8(DW::DW_CFA_restore | kReturn);
    EhFrame made;
    made.add(0x1000, 0x20, out);
    const auto rules = rules_at(made.section(), {}, 0x1000);
    REQUIRE(rules);
    CHECK(rules->cfa.kind == Kind::is_expression);
    CHECK(rules->cfa.expression.size() == 2);
    CHECK(rules->of(3)->kind == Kind::at_expression);
    CHECK(rules->of(4)->kind == Kind::is_expression);
    CHECK(rules->of(5)->kind == Kind::is_offset);
    CHECK(rules->of(5)->offset == -16);
    CHECK(rules->of(8)->number == 9);
    CHECK(rules->of(10)->kind == Kind::undefined);
    CHECK(rules->of(11)->kind == Kind::same);
    CHECK(rules->of(kReturn)->kind == Kind::at_offset);
}

TEST_CASE("eh_frame: damaged sections and tables") {
    EhFrame made("zPLRS");
    for (unsigned i = 0; i < 8; ++i) made.add(0x1000 + 0x40 * i, 0x40, pushes(16));
    std::mt19937 random(11);
    const auto damaged = [&](ByteVector bytes) {
        for (auto i = random() % 6; i > 0; --i) {
            bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
        }
        if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 1));
        return bytes;
    };
    for (int round = 0; round < 5000; ++round) {
        (void)rules_at(damaged(made.section()), damaged(made.table()), 0x1000 + random() % 0x240);
    }
}
