#include "dwarf/fast_lines.h"

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
    constexpr std::uint64_t kSign = 0x40;
    with_operand(DW::DW_LNS_advance_line,
                 {.adds = -(kSign << 32U), .scale = std::uint64_t{1} << 32U, .flips = kSign});
    with_operand(DW::DW_LNS_set_file,
                 {.keeps = ~PackedRegisters(0, 0, PackedRegisters::kMax).word, .scale = 1});
    with_operand(DW::DW_LNS_set_column,
                 {.keeps = ~PackedRegisters(0, PackedRegisters::kMax, 0).word,
                  .scale = std::uint64_t{1} << 16U});
}

/// Reads a LEB128 of up to four bytes; only damaged programs have longer ones. False, and `at` is
/// unchanged, for those.
bool FastLines::short_leb(const std::uint8_t*& at, const std::uint8_t* end, std::uint32_t& value,
                          unsigned& bits) {
    const std::uint8_t* byte = at;
    value = 0;
    for (bits = 0; bits < 28 && byte != end; ++byte) {
        value |= std::uint32_t{*byte & 0x7fU} << bits;
        bits += 7;
        if (*byte >= 0x80) continue;
        at = byte + 1;
        return true;
    }
    return false;
}

/// Runs an opcode with an operand of more than two bytes, or DW_LNE_set_discriminator of a small
/// number, the most common extended opcode. Returns the place after it; null for any other opcode,
/// and `registers` are undefined then.
const std::uint8_t* FastLines::run_uncommon(const std::uint8_t* at, LineRow& registers) const {
    const unsigned opcode = *at;
    if (opcode == 0) {
        const bool small =
            end_ - at >= 4 && at[1] == 2 && at[2] == DW::DW_LNE_set_discriminator && at[3] < 0x80;
        if (!small) return nullptr;
        registers.discriminator = at[3];
        return at + 4;
    }
    if ((*opcodes_)[*at].stops != LineOpcode::kOperand) return nullptr;
    std::uint32_t value = 0;
    unsigned bits = 0;
    if (!short_leb(++at, end_, value, bits)) return nullptr;
    switch (opcode) {
        case DW::DW_LNS_advance_pc:
            registers.address += std::uint64_t{value} * opcodes_->minimum_instruction_length();
            break;
        case DW::DW_LNS_advance_line:
            if ((value >> (bits - 1) & 1U) != 0) value |= ~0U << bits;
            registers.line += value;
            break;
        case DW::DW_LNS_set_file: registers.file = value; break;
        default: registers.column = value; break;
    }
    return PackedRegisters::hold(registers) ? at : nullptr;
}

}  // namespace symline::dwarf
