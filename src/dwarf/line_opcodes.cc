#include "dwarf/line_opcodes.h"

namespace symline::dwarf {

LineOpcodes::LineOpcodes(const LineHeader& header)
    : opcode_base_(header.opcode_base),
      line_range_(header.line_range),
      minimum_instruction_length_(header.minimum_instruction_length),
      line_base_(header.line_base) {
    for (LineOpcode& each : opcodes_) each.stops = LineOpcode::kOther;
    set_special(header);
    set_standard(header);
}

bool LineOpcodes::fits(const LineHeader& header) const {
    return opcode_base_ == header.opcode_base && line_range_ == header.line_range &&
           minimum_instruction_length_ == header.minimum_instruction_length &&
           line_base_ == header.line_base;
}

void LineOpcodes::set_special(const LineHeader& header) {
    unsigned line = 0, address = 0;
    for (unsigned opcode = header.opcode_base; opcode < opcodes_.size(); ++opcode) {
        const std::int64_t lines = header.line_base + static_cast<int>(line);
        LineOpcode& does = opcodes_[opcode] = LineOpcode{};
        does.adds = static_cast<std::uint64_t>(lines) << 32U;
        does.address = static_cast<std::uint16_t>(address);
        does.row = 1;
        if (++line == header.line_range) {
            line = 0;
            address += header.minimum_instruction_length;
        }
    }
}

void LineOpcodes::set_standard(const LineHeader& header) {
    const auto set = [&](std::uint8_t opcode, const LineOpcode& does) {
        if (opcode < header.opcode_base) opcodes_[opcode] = does;
    };
    const auto with_operand = [&](std::uint8_t opcode, LineOpcode does) {
        does.stops = LineOpcode::kOperand;
        set(opcode, does);
    };
    set(DW::DW_LNS_copy, {.row = 1});
    for (const auto opcode : {DW::DW_LNS_negate_stmt, DW::DW_LNS_set_basic_block,
                              DW::DW_LNS_set_prologue_end, DW::DW_LNS_set_epilogue_begin}) {
        set(opcode, {});
    }
    const unsigned farthest = (255U - header.opcode_base) / header.line_range;
    set(DW::DW_LNS_const_add_pc,
        {.address = static_cast<std::uint16_t>(farthest * header.minimum_instruction_length)});
    with_operand(DW::DW_LNS_advance_pc, {.address_scale = header.minimum_instruction_length});
    // A negative number has the highest of its seven bits set.
    constexpr std::uint64_t sign = 0x40;
    with_operand(DW::DW_LNS_advance_line,
                 {.adds = -(sign << 32U), .scale = std::uint64_t{1} << 32U, .flips = sign});
    with_operand(DW::DW_LNS_set_file,
                 {.keeps = ~PackedRegisters(0, 0, PackedRegisters::kLargest).word, .scale = 1});
    with_operand(DW::DW_LNS_set_column,
                 {.keeps = ~PackedRegisters(0, PackedRegisters::kLargest, 0).word,
                  .scale = std::uint64_t{1} << 16U});
}

}  // namespace symline::dwarf
