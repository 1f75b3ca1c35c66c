// What the opcodes of line number programs do, as a table that a machine runs by without a branch
// for each kind of opcode: which opcode comes next cannot be foretold, and a wrong guess of the
// processor costs more than the opcode.
#pragma once

#include <array>
#include <cstdint>

#include "dwarf/line_header.h"

namespace symline::dwarf {

/// Registers of the line machine that most opcodes leave alone, in one word: the line in the upper
/// half, then the column, then the file. A machine whose column or file is larger has to do without
/// the table.
class PackedRegisters {
public:
    static constexpr std::uint32_t kLargest = 0xffff;

    PackedRegisters(std::uint32_t line, std::uint32_t column, std::uint32_t file)
        : word(std::uint64_t{line} << 32U | std::uint64_t{column} << 16U | file) {}
    std::uint32_t line() const { return static_cast<std::uint32_t>(word >> 32U); }
    std::uint32_t column() const { return static_cast<std::uint32_t>(word >> 16U) & kLargest; }
    std::uint32_t file() const { return static_cast<std::uint32_t>(word) & kLargest; }

    std::uint64_t word;
};

/// What an opcode without operand, or with one of a byte or two, does to the registers (DWARF 5
/// section 6.2.5).
struct LineOpcode {
    static constexpr std::uint16_t kOther = 0x100;
    static constexpr std::uint16_t kOperand = 0x80;

    std::uint64_t keeps = ~std::uint64_t{0};  ///< which bits of the packed registers stay
    std::uint64_t adds = 0;                   ///< to them
    std::uint64_t scale = 0;                  ///< times the operand is added to them,
    std::uint8_t flips = 0;                   ///< in which these bits are inverted before
    std::uint8_t address_scale = 0;           ///< times the operand is added to the address
    std::uint16_t address = 0;                ///< is added to the address
    /// kOther: it does something else. kOperand: it has an operand, whose bit of this value says
    /// that it is longer than a byte.
    std::uint16_t stops = 0;
    std::uint8_t row = 0;  ///< 1: a row is made

    /// What is added to the packed registers when the operand has one byte, or two: `operand` is
    /// its number without a sign, which each takes from its own highest bit.
    std::uint64_t of_byte(std::uint64_t operand) const { return adds + (operand ^ flips) * scale; }
    std::uint64_t of_two_bytes(std::uint64_t operand) const {
        return (adds << 7U) + (operand ^ (std::uint64_t{flips} << 7U)) * scale;
    }
};

/// Of programs whose headers have the same parameters, and whose instructions have one operation.
class LineOpcodes {
public:
    explicit LineOpcodes(const LineHeader& header);

    const LineOpcode& operator[](std::uint8_t opcode) const { return opcodes_[opcode]; }
    /// The opcodes with an operand, 2 to 5, and those around them are what the standard says.
    bool usual() const { return opcode_base_ >= DW::DW_LNS_negate_stmt; }
    /// Whether the programs of `header` have these opcodes.
    bool fits(const LineHeader& header) const;

private:
    void set_special(const LineHeader& header);
    void set_standard(const LineHeader& header);

    std::uint8_t opcode_base_, line_range_, minimum_instruction_length_;
    std::int8_t line_base_;
    std::array<LineOpcode, 256> opcodes_{};
};

}  // namespace symline::dwarf
