// Line number programs made in memory.
#pragma once

#include "support/dwarf_builder.h"

namespace symline::test {

struct LineOptions {
    std::uint8_t minimum_instruction_length = 1;
    std::uint8_t maximum_operations = 1;
    std::int8_t line_base = -5;
    std::uint8_t line_range = 14;
    /// How many operands each standard opcode has; opcode_base is one more than their number.
    std::vector<std::uint8_t> opcode_lengths{0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1};
};

/// Writes .debug_line of a DwarfBuilder: a header with two directories (the second "include") and
/// the files main.c (directory 0) and far.h (directory 1), then the opcodes that are asked for.
class LineBuilder {
public:
    explicit LineBuilder(DwarfBuilder& dwarf, LineOptions options = {});

    std::uint64_t start() const { return start_; }
    std::uint8_t opcode_base() const {
        return static_cast<std::uint8_t>(options_.opcode_lengths.size() + 1);
    }
    ByteWriter& raw() { return *out_; }

    LineBuilder& op(std::uint8_t opcode) { return out_->u8(opcode), *this; }
    LineBuilder& op(std::uint8_t opcode, std::uint64_t operand) {
        return out_->u8(opcode).uleb(operand), *this;
    }
    LineBuilder& copy() { return op(DW::DW_LNS_copy); }
    LineBuilder& advance_pc(std::uint64_t operations) {
        return op(DW::DW_LNS_advance_pc, operations);
    }
    LineBuilder& advance_line(std::int64_t lines) {
        return out_->u8(DW::DW_LNS_advance_line).sleb(lines), *this;
    }
    LineBuilder& special(unsigned operations, int lines) {
        return op(static_cast<std::uint8_t>(opcode_base() + operations * options_.line_range +
                                            static_cast<unsigned>(lines - options_.line_base)));
    }
    LineBuilder& extended(std::uint8_t opcode, const ByteVector& operands = {}) {
        return out_->u8(0).uleb(1 + operands.size()).u8(opcode).bytes(operands), *this;
    }
    LineBuilder& set_address(std::uint64_t address) {
        ByteWriter operand(out_->big_endian());
        return extended(DW::DW_LNE_set_address,
                        operand.word(address, dwarf_->kind().address_size()).data());
    }
    LineBuilder& discriminator(std::uint64_t value) {
        return extended(DW::DW_LNE_set_discriminator, ByteWriter().uleb(value).data());
    }
    LineBuilder& end_sequence() { return extended(DW::DW_LNE_end_sequence); }
    /// A row at `address`, `lines` further than the last.
    LineBuilder& row(std::uint64_t address, std::int64_t lines) {
        return set_address(address).advance_line(lines).copy();
    }
    void end() { dwarf_->end_length(*out_, start_); }

private:
    void write_tables();

    DwarfBuilder* dwarf_;
    ByteWriter* out_;
    LineOptions options_;
    std::uint64_t start_ = 0;
};

}  // namespace symline::test
