// Runs the common opcodes of line number programs by a table, without a branch for each kind of
// opcode: no processor predicts which opcode comes next, and a wrong guess costs it more than the
// opcode does.
//
// LineMachine::run() goes through here, LineMachine::run_plainly() does the same one opcode at a
// time; fast_lines_test.cc compares the two. With the latter, 10,000 random addresses of a kernel
// take 14 % more time, and 100,000 take 18 % more.
#pragma once

#include <array>
#include <cstdint>

#include "dwarf/line_header.h"
#include "dwarf/line_row.h"

namespace symline::dwarf {

/// Registers of the line machine that most opcodes leave alone, in one word: the line in the upper
/// half, then the column, then the file.
class PackedRegisters {
public:
    /// A machine whose column or file is larger has to do without the table.
    static constexpr std::uint32_t kMax = 0xffff;
    static bool hold(const LineRow& row) { return row.file <= kMax && row.column <= kMax; }

    explicit PackedRegisters(const LineRow& row)
        : PackedRegisters(row.line, row.column, row.file) {}
    PackedRegisters(std::uint32_t line, std::uint32_t column, std::uint32_t file)
        : word(std::uint64_t{line} << 32U | std::uint64_t{column} << 16U | file) {}
    std::uint32_t line() const { return static_cast<std::uint32_t>(word >> 32U); }
    std::uint32_t column() const { return static_cast<std::uint32_t>(word >> 16U) & kMax; }
    std::uint32_t file() const { return static_cast<std::uint32_t>(word) & kMax; }

    std::uint64_t word;
};

/// What an opcode without operand, or with one of a byte or two, does to the registers (DWARF 5
/// section 6.2.5).
struct LineOpcode {
    static constexpr std::uint16_t kOther = 0x100;
    static constexpr std::uint16_t kOperand = 0x80;

    std::uint64_t keeps = ~std::uint64_t{0};  ///< mask of the packed registers: what stays of them
    std::uint64_t adds = 0;                   ///< is added to them
    std::uint64_t scale = 0;                  ///< the operand times this is added to them,
    std::uint8_t flips = 0;                   ///< after these bits of it were inverted
    std::uint8_t address_scale = 0;           ///< the operand times this is added to the address
    std::uint16_t address = 0;                ///< is added to the address
    /// kOther: it does something else. kOperand: it has an operand; this bit of the operand's first
    /// byte says that it is longer than a byte.
    std::uint16_t stops = 0;
    std::uint8_t row = 0;  ///< 1: a row is made

    /// What is added to the packed registers when the operand has one byte, or two: `operand` is
    /// its number without a sign, which each takes from its own highest bit.
    std::uint64_t of_byte(std::uint64_t operand) const { return adds + (operand ^ flips) * scale; }
    std::uint64_t of_two_bytes(std::uint64_t operand) const {
        return (adds << 7U) + (operand ^ (std::uint64_t{flips} << 7U)) * scale;
    }
};

/// What each opcode does, in programs whose headers have the same parameters, and whose
/// instructions have one operation.
class LineOpcodes {
public:
    explicit LineOpcodes(const LineHeader& header);

    const LineOpcode& operator[](std::uint8_t opcode) const { return opcodes_[opcode]; }
    /// True when the opcodes with an operand, 2 to 5, are what the standard says.
    bool usual() const { return opcode_base_ >= DW::DW_LNS_negate_stmt; }
    std::uint8_t minimum_instruction_length() const { return minimum_instruction_length_; }
    /// Whether the programs of `header` have these opcodes.
    bool fits(const LineHeader& header) const;

private:
    void set_special(const LineHeader& header);
    void set_standard(const LineHeader& header);

    std::uint8_t opcode_base_, line_range_, minimum_instruction_length_;
    std::int8_t line_base_;
    std::array<LineOpcode, 256> opcodes_{};
};

class FastLines {
public:
    /// `section` is .debug_line up to the end of the program. Both must outlive the result.
    FastLines(const LineOpcodes& opcodes, Bytes section)
        : opcodes_(&opcodes), section_(section.data()), end_(section_ + section.size()) {}

    /// Runs from the opcode at `offset` on, until one comes that is left to LineMachine, and sets
    /// both arguments to what they are in front of that. False when the visitor wants no more.
    template <RowVisitor Visitor>
    bool run(LineRow& registers, std::uint64_t& offset, Visitor& visitor) const;

private:
    static bool short_leb(const std::uint8_t*& at, const std::uint8_t* end, std::uint32_t& value,
                          unsigned& bits);
    const std::uint8_t* run_uncommon(const std::uint8_t* at, LineRow& registers) const;

    const LineOpcodes* opcodes_;
    const std::uint8_t* section_;
    const std::uint8_t* end_;
};

/// One long function: what it works on stays in registers from opcode to opcode, which a call with
/// references to it would prevent.
template <RowVisitor Visitor>
bool FastLines::run(LineRow& registers, std::uint64_t& offset, Visitor& visitor) const {
    if (!PackedRegisters::hold(registers) || !opcodes_->usual()) return true;
    const std::uint8_t* const last = end_ - 1;
    const std::uint8_t* at = section_ + offset;
    const LineOpcodes& opcodes = *opcodes_;
    PackedRegisters packed(registers);
    std::uint64_t address = registers.address;
    std::uint32_t discriminator = registers.discriminator;
    const auto row = [&] {
        return LineRow{address, packed.file(), packed.line(), packed.column(), discriminator};
    };
    bool more = true;
    while (at < last) {
        const unsigned opcode = *at;
        const LineOpcode& does = opcodes[*at];
        const std::uint32_t operand = at[1];
        if (((operand | LineOpcode::kOther) & does.stops) != 0) {
            // Every tenth opcode of a kernel has an operand of two bytes, most of them a distant
            // line. Without these lines, 10,000 addresses take 2 % more time, and 100,000 3 %.
            if (does.stops == LineOpcode::kOperand && at + 1 < last && at[2] < 0x80) {
                const std::uint64_t value = (operand & 0x7fU) | std::uint32_t{at[2]} << 7U;
                address += does.address_scale * value;
                packed.word &= does.keeps;
                packed.word += does.of_two_bytes(value);
                at += 3;
                continue;
            }
            LineRow changed = row();
            const std::uint8_t* const next = run_uncommon(at, changed);
            if (next == nullptr) break;
            at = next;
            packed = PackedRegisters(changed);
            address = changed.address;
            discriminator = changed.discriminator;
            continue;
        }
        address += does.address + std::uint64_t{does.address_scale} * operand;
        packed.word &= does.keeps;
        packed.word += does.of_byte(operand);
        // In place of a length in the table: the next opcode is known earlier this way.
        const bool has_operand = opcode - DW::DW_LNS_advance_pc <= 3U;
        at += has_operand ? 2 : 1;
        if (visitor.wants(does.row)) {
            more = visitor.row(row(), static_cast<std::uint64_t>(at - section_));
            if (!more) break;
        }
        discriminator &= does.row - 1U;
    }
    visitor.passed(registers.address, address);
    registers = row();
    if (!more) registers.discriminator = 0;
    offset = static_cast<std::uint64_t>(at - section_);
    return more;
}

}  // namespace symline::dwarf
