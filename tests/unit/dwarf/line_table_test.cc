#include "dwarf/line_table.h"

#include <doctest/doctest.h>

#include <functional>
#include <iterator>

#include "support/line_builder.h"

using namespace symline;
using namespace symline::test;
using dwarf::LineRow;
using dwarf::LineTable;

namespace {

/// A line table made by `write`, and what keeps it alive.
class OpenTable {
public:
    OpenTable(DwarfKind kind, LineOptions options, const std::function<void(LineBuilder&)>& write) {
        DwarfBuilder dwarf(kind);
        LineBuilder lines(dwarf, std::move(options));
        write(lines);
        lines.end();
        const auto form = kind.version < 4 ? DW::DW_FORM_data4 : DW::DW_FORM_sec_offset;
        const unsigned width = kind.version < 4 ? 4 : kind.offset_size;
        one_unit(dwarf, {{DW::DW_AT_stmt_list, std::uint64_t(form)}},
                 [&](DwarfBuilder& out) { out.info().word(0, width); });
        unit_ = std::make_unique<OpenUnit>(dwarf);
        table_ = std::make_unique<LineTable>(unit_->unit());
    }
    explicit OpenTable(const std::function<void(LineBuilder&)>& write)
        : OpenTable(DwarfKind{}, {}, write) {}

    const LineTable* operator->() const { return table_.get(); }
    std::uint32_t line(std::uint64_t address, std::size_t ordinal = 0) const {
        const auto row = table_->at(address, ordinal);
        return row ? row->line : 0;
    }
    const std::string& problem() const { return unit_->sections().problem(); }

private:
    std::unique_ptr<OpenUnit> unit_;
    std::unique_ptr<LineTable> table_;
};

}  // namespace

TEST_CASE("every opcode that moves the machine, in versions 2 to 5") {
    for (const ElfKind kind : kAllKinds) {
        for (std::uint16_t version = 2; version <= 5; ++version) {
            for (const unsigned offset_size : {4U, 8U}) {
                CAPTURE(version);
                const OpenTable table({version, offset_size, kind}, {}, [](LineBuilder& out) {
                    out.set_address(kText).copy();                  // 1
                    out.special(2, 4);                              // +2: 5
                    out.advance_pc(0x84).advance_line(-3).copy();   // +0x86: 2
                    out.op(DW::DW_LNS_const_add_pc).special(0, 1);  // +0x97: 3
                    out.op(DW::DW_LNS_fixed_advance_pc).raw().u16(0x101);
                    out.op(DW::DW_LNS_set_file, 2).op(DW::DW_LNS_set_column, 7);
                    out.op(DW::DW_LNS_negate_stmt).op(DW::DW_LNS_set_basic_block);
                    out.op(DW::DW_LNS_set_prologue_end).op(DW::DW_LNS_set_epilogue_begin);
                    out.op(DW::DW_LNS_set_isa, 300).advance_line(100).copy();  // +0x198: 103
                    out.advance_pc(8).end_sequence();
                });
                CHECK(table.problem().empty());
                const struct {
                    std::uint64_t offset;
                    std::uint32_t line;
                } rows[] = {{0, 1},    {1, 1},     {2, 5},       {0x85, 5},    {0x86, 2}, {0x96, 2},
                            {0x97, 3}, {0x197, 3}, {0x198, 103}, {0x19f, 103}, {0x1a0, 0}};
                for (const auto& row : rows) {
                    CAPTURE(row.offset);
                    CHECK(table.line(kText + row.offset) == row.line);
                }
                const auto last = table->at(kText + 0x198);
                CHECK(last->address == kText + 0x198);
                CHECK(last->file == 2);
                CHECK(last->column == 7);
                CHECK(table.line(kText - 1) == 0);
            }
        }
    }
}

TEST_CASE("minimum_instruction_length multiplies, except for fixed_advance_pc") {
    const OpenTable table({}, {.minimum_instruction_length = 4}, [](LineBuilder& out) {
        out.set_address(kText).copy();
        out.special(1, 1);                              // +4: 2
        out.advance_pc(2).advance_line(1).copy();       // +12: 3
        out.op(DW::DW_LNS_const_add_pc).special(0, 1);  // +12 + 17 * 4 = +80: 4
        out.op(DW::DW_LNS_fixed_advance_pc).raw().u16(4);
        out.advance_line(1).copy().advance_pc(1).end_sequence();  // +84: 5
    });
    CHECK(table.line(kText + 3) == 1);
    CHECK(table.line(kText + 4) == 2);
    CHECK(table.line(kText + 12) == 3);
    CHECK(table.line(kText + 79) == 3);
    CHECK(table.line(kText + 80) == 4);
    CHECK(table.line(kText + 84) == 5);
    CHECK(table.line(kText + 88) == 0);
}

TEST_CASE("several operations in one instruction") {
    const LineOptions vliw{.minimum_instruction_length = 16, .maximum_operations = 3};
    const OpenTable table({}, vliw, [](LineBuilder& out) {
        out.set_address(kText).copy();
        out.special(1, 1);                                  // operation 1 of +0: 2
        out.special(1, 1);                                  // operation 2 of +0: 3
        out.special(1, 1);                                  // +16: 4
        out.advance_pc(5).advance_line(1).copy();           // operation 2 of +32: 5
        out.advance_pc(1).advance_line(1).copy();           // +48: 6
        out.special(2, 1);                                  // operation 2 of +48: 7
        out.op(DW::DW_LNS_fixed_advance_pc).raw().u16(16);  // operation 0 of +64
        out.special(2, 1).advance_pc(3).end_sequence();     // operation 2 of +64: 8
    });
    CHECK(table.line(kText) == 3);
    CHECK(table.line(kText + 15) == 3);
    CHECK(table.line(kText + 16) == 4);
    CHECK(table.line(kText + 32) == 5);
    CHECK(table.line(kText + 48) == 7);
    CHECK(table.line(kText + 64) == 8);
    CHECK(table.line(kText + 79) == 8);
    CHECK(table.line(kText + 80) == 0);
}

TEST_CASE("unknown standard and extended opcodes are skipped by their lengths") {
    const LineOptions options{.opcode_lengths = {0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0, 3}};
    const OpenTable table({}, options, [](LineBuilder& out) {
        out.set_address(kText).copy();
        out.op(13).op(14).raw().uleb(1).uleb(300).uleb(7);
        out.extended(0x80, {1, 2, 3, 4, 5}).extended(0x7f);
        // a set_discriminator that is longer than its operand
        out.extended(DW::DW_LNE_set_discriminator, {5, 9, 9, 9});
        out.special(4, 1).advance_pc(4).end_sequence();
    });
    CHECK(table.problem().empty());
    CHECK(table.line(kText + 4) == 2);
    CHECK(table->at(kText + 4)->discriminator == 5);
}

TEST_CASE("a small opcode_base makes opcodes special that are standard elsewhere") {
    const OpenTable table({}, {.opcode_lengths = {0, 1, 1}}, [](LineBuilder& out) {
        out.set_address(kText).copy();
        out.op(4);  // special: line_base -5, no advance
        out.special(2, 6).advance_pc(4).end_sequence();
    });
    CHECK(table.line(kText) == static_cast<std::uint32_t>(-4));
    CHECK(table.line(kText + 2) == 2);
}

TEST_CASE("a discriminator belongs to one row") {
    const OpenTable table([](LineBuilder& out) {
        out.set_address(kText).discriminator(3).copy();
        out.special(4, 1);
        out.discriminator(0x1234).special(4, 1);
        out.advance_pc(4).end_sequence();
    });
    CHECK(table->at(kText)->discriminator == 3);
    CHECK(table->at(kText + 4)->discriminator == 0);
    CHECK(table->at(kText + 8)->discriminator == 0x1234);
}

TEST_CASE("of rows with one address the last wins, also across notes of the machine") {
    const OpenTable table([](LineBuilder& out) {
        out.set_address(kText);
        for (int i = 0; i < 100; ++i) out.special(0, 1);
        out.special(4, 1);
        for (int i = 0; i < 70; ++i) out.special(0, 1);
        out.advance_pc(4).end_sequence();
    });
    CHECK(table.line(kText) == 101);
    CHECK(table.line(kText + 3) == 101);
    CHECK(table.line(kText + 4) == 172);
}

TEST_CASE("a long sequence answers for each of its rows, in any order of questions") {
    constexpr std::uint32_t kRows = 1000;
    const OpenTable table([](LineBuilder& out) {
        out.set_address(kText).copy();
        for (std::uint32_t i = 1; i < kRows; ++i) out.discriminator(i).special(2, 1);
        out.advance_pc(2).end_sequence();
    });
    for (std::uint32_t i = 0; i < kRows; ++i) {
        const std::uint32_t row = i * 617 % kRows;
        const auto found = table->at(kText + 2 * row + 1);
        REQUIRE(found);
        CHECK(found->line == row + 1);
        CHECK(found->discriminator == row);
    }
}

TEST_CASE("operands of one byte, of two and of more, on both sides of each border") {
    constexpr std::int64_t kLines[] = {63,   64,    -63,    -64,   -65,     8191,
                                       8192, -8191, -8192,  -8193, 1048575, 1048576,
                                       1,    -1,    -70000, 0,     70000};
    constexpr std::uint64_t kNumbers[] = {1, 127, 128, 129, 16383, 16384, 65535};
    constexpr std::int64_t kBegin = 5'000'000;
    constexpr std::size_t kCases = std::size(kLines) * std::size(kNumbers);
    for (const std::uint8_t unit : {std::uint8_t{1}, std::uint8_t{4}}) {
        CAPTURE(unit);
        LineOptions options;
        options.minimum_instruction_length = unit;
        // Read whole, and resumed at each row by the lookups.
        const OpenTable table({}, options, [&](LineBuilder& out) {
            out.set_address(kText).advance_line(kBegin - 1).copy();
            for (const auto lines : kLines) {
                for (const auto number : kNumbers) {
                    out.advance_pc(number).op(DW::DW_LNS_set_column, number);
                    out.advance_line(lines).copy();
                }
            }
            out.advance_pc(1).end_sequence();
        });
        REQUIRE(table.problem().empty());
        std::uint64_t address = kText;
        std::int64_t line = kBegin;
        for (std::size_t i = 0; i < kCases; ++i) {
            CAPTURE(i);
            const auto number = kNumbers[i % std::size(kNumbers)];
            address += unit * number;
            line += kLines[i / std::size(kNumbers)];
            const auto row = table->at(address);
            REQUIRE(row);
            CHECK(row->address == address);
            CHECK(row->line == static_cast<std::uint32_t>(line));
            CHECK(row->column == number);
        }
    }
}

TEST_CASE("columns and files that the packed registers do not hold, and smaller ones after them") {
    const OpenTable table([](LineBuilder& out) {
        out.set_address(kText).copy();
        out.op(DW::DW_LNS_set_column, 0xffff).op(DW::DW_LNS_set_file, 0xffff).special(4, 1);
        out.op(DW::DW_LNS_set_column, 0x10000).special(4, 1);
        out.op(DW::DW_LNS_set_file, 0x12345).special(4, -1).advance_line(-2).special(4, 1);
        out.op(DW::DW_LNS_set_column, 0x7f).op(DW::DW_LNS_set_file, 0x80).special(4, 1);
        out.advance_line(-0x40).special(4, 0).advance_line(0x3f).special(4, 0);
        out.advance_pc(4).end_sequence();
    });
    const struct {
        std::uint32_t line, column, file;
    } rows[] = {{1, 0, 1},
                {2, 0xffff, 0xffff},
                {3, 0x10000, 0xffff},
                {2, 0x10000, 0x12345},
                {1, 0x10000, 0x12345},
                {2, 0x7f, 0x80},
                {static_cast<std::uint32_t>(2 - 0x40), 0x7f, 0x80},
                {1, 0x7f, 0x80}};
    std::uint64_t address = kText;
    for (const auto& expected : rows) {
        CAPTURE(address - kText);
        const auto row = table->at(address);
        REQUIRE(row);
        CHECK(row->line == expected.line);
        CHECK(row->column == expected.column);
        CHECK(row->file == expected.file);
        address += 4;
    }
}

TEST_CASE("tables share what their opcodes do, as long as their headers agree") {
    std::shared_ptr<const dwarf::LineOpcodes> opcodes;
    const auto line_of = [&opcodes](const LineOptions& options) {
        DwarfBuilder dwarf{DwarfKind{}};
        LineBuilder lines(dwarf, options);
        lines.set_address(kText).copy().special(4, 3).advance_pc(4).end_sequence();
        lines.end();
        one_unit(dwarf, {{DW::DW_AT_stmt_list, std::uint64_t(DW::DW_FORM_sec_offset)}},
                 [](DwarfBuilder& out) { out.info().word(0, 4); });
        const OpenUnit unit(dwarf);
        const LineTable table(unit.unit(), &opcodes);
        return table.at(kText + 4 * options.minimum_instruction_length)->line;
    };
    CHECK(line_of({}) == 4);
    const auto* first = opcodes.get();
    CHECK(line_of({}) == 4);
    CHECK(opcodes.get() == first);
    CHECK(line_of({.minimum_instruction_length = 4}) == 4);
    CHECK(opcodes.get() != first);
}
