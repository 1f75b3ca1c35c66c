// The table of common opcodes gives the rows that the plain machine gives, opcode by opcode.
#include "dwarf/fast_lines.h"

#include <doctest/doctest.h>

#include <random>
#include <utility>
#include <vector>

#include "dwarf/line_machine.h"
#include "support/line_builder.h"

using namespace symline;
using namespace symline::test;
using dwarf::LineMachine;
using dwarf::LineRow;

namespace {

/// Everything that a visitor is told, but for intervals.
struct Recorder : dwarf::EveryRow {
    bool row(const LineRow& row, std::uint64_t next) {
        rows.emplace_back(row, next);
        return rows.size() < kMax;
    }
    bool end(const LineRow& row) {
        rows.emplace_back(row, 0);
        return true;
    }
    static constexpr std::size_t kMax = 10'000;
    std::vector<std::pair<LineRow, std::uint64_t>> rows;
};

/// Whether addresses decrease in a sequence, as intervals alone show it.
struct OrderRecorder {
    static bool wants(unsigned) { return false; }
    static bool row(const LineRow&, std::uint64_t) { return true; }
    void passed(std::uint64_t low, std::uint64_t high) {
        ordered &= low >= last && high >= low;
        last = high;
    }
    bool end(const LineRow&) {
        orders.push_back(ordered);
        ordered = true;
        last = 0;
        return true;
    }
    std::uint64_t last = 0;
    bool ordered = true;
    std::vector<bool> orders;
};

/// A unit whose line program is `program`.
class Program {
public:
    Program(const LineOptions& options, const ByteVector& program) : unit_(make(options, program)) {
        const auto header = dwarf::read_line_header(unit_.unit(), 0);
        REQUIRE(header);
        header_ = *header;
    }

    template <typename Visitor>
    std::pair<Visitor, bool> run(bool plainly) const {
        const dwarf::LineOpcodes opcodes(header_);
        LineMachine machine(unit_.unit(), header_, opcodes);
        Visitor visitor;
        plainly ? machine.run_plainly(visitor) : machine.run(visitor);
        return {std::move(visitor), machine.ok()};
    }

private:
    static OpenUnit make(const LineOptions& options, const ByteVector& program) {
        DwarfBuilder dwarf{DwarfKind{}};
        LineBuilder lines(dwarf, options);
        lines.raw().bytes(program);
        lines.end();
        one_unit(dwarf, {{DW::DW_AT_stmt_list, std::uint64_t(DW::DW_FORM_sec_offset)}},
                 [](DwarfBuilder& out) { out.info().word(0, 4); });
        return OpenUnit(dwarf);
    }

    OpenUnit unit_;
    dwarf::LineHeader header_;
};

/// Mostly common opcodes, and whatever else is in a byte.
ByteVector random_program(std::mt19937& random, const LineOptions& options) {
    const auto below = [&](unsigned end) { return static_cast<unsigned>(random() % end); };
    ByteWriter out;
    for (unsigned i = 0, count = below(400); i < count; ++i) {
        const unsigned base = static_cast<unsigned>(options.opcode_lengths.size()) + 1;
        switch (below(12)) {
            case 0: out.u8(DW::DW_LNS_copy); break;
            case 1:
            case 2: out.u8(static_cast<std::uint8_t>(2 + below(4))).uleb(below(0x80)); break;
            case 3: out.u8(static_cast<std::uint8_t>(2 + below(4))).uleb(below(0x4000)); break;
            case 4: out.u8(static_cast<std::uint8_t>(2 + below(4))).uleb(random()); break;
            case 5: out.u8(DW::DW_LNS_advance_line).sleb(-static_cast<int>(below(70'000))); break;
            case 6: out.u8(0).u8(2).u8(DW::DW_LNE_set_discriminator).u8(below(0x7f) & 0x7fU); break;
            case 7: out.u8(0).u8(9).u8(DW::DW_LNE_set_address).u64(kText + below(0x400)); break;
            case 8: out.u8(0).u8(1).u8(DW::DW_LNE_end_sequence); break;
            case 9: out.u8(static_cast<std::uint8_t>(below(13))).u8(below(4) & 3U); break;
            default: out.u8(static_cast<std::uint8_t>(base + below(256 - base))); break;
        }
    }
    return out.data();
}

}  // namespace

TEST_CASE("rows of random programs: by the table, and one opcode after the other") {
    std::mt19937 random(7);
    const std::vector<LineOptions> kinds = {
        {},
        {.minimum_instruction_length = 4, .line_base = -3, .line_range = 12},
        {.maximum_operations = 4},
        {.opcode_lengths = {0, 1, 1}},
        {.line_base = -10, .line_range = 255},
    };
    std::size_t rows = 0, damaged = 0, ordered = 0, unordered = 0;
    for (int turn = 0; turn < 1000; ++turn) {
        CAPTURE(turn);
        const LineOptions& options = kinds[static_cast<std::size_t>(turn) % kinds.size()];
        const Program program(options, random_program(random, options));
        const auto [fast, fast_ok] = program.run<Recorder>(false);
        const auto [plain, plain_ok] = program.run<Recorder>(true);
        REQUIRE(fast.rows.size() == plain.rows.size());
        CHECK(fast.rows == plain.rows);
        CHECK(fast_ok == plain_ok);
        // Addresses at which no row is made may count as out of order, too.
        const auto fast_order = program.run<OrderRecorder>(false).first.orders;
        const auto plain_order = program.run<OrderRecorder>(true).first.orders;
        REQUIRE(fast_order.size() == plain_order.size());
        for (std::size_t i = 0; i < fast_order.size(); ++i) {
            CHECK((plain_order[i] || !fast_order[i]));
            ordered += fast_order[i] ? 1 : 0;
            unordered += plain_order[i] ? 0 : 1;
        }
        rows += fast.rows.size();
        damaged += fast_ok ? 0 : 1;
    }
    CHECK(rows > 10'000);
    CHECK(damaged > 100);
    CHECK(ordered > 100);
    CHECK(unordered > 100);
}
