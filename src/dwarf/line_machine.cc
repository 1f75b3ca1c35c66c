#include "dwarf/line_machine.h"

namespace symline::dwarf {

LineMachine::LineMachine(const Unit& unit, const LineHeader& header, const LineOpcodes& opcodes)
    : header_(&header),
      reader_(unit.sections().reader(SectionId::line, header.program)),
      fast_(opcodes, {}),
      relocated_(unit.sections().relocates_constants()) {
    const Bytes section = unit.sections().get(SectionId::line).bytes;
    reader_.limit(header.end);
    fast_ = FastLines(opcodes, section.first(reader_.offset() + reader_.remaining()));
    opcode_lengths_ = base::tail(section, header.opcode_lengths);
}

void LineMachine::resume(const LineRow& row, std::uint32_t operation, std::uint64_t offset) {
    registers_ = row;
    registers_.discriminator = 0;
    operation_ = operation;
    reader_.seek(offset);
}

/// Runs one opcode.
LineMachine::Event LineMachine::step() {
    const std::uint8_t opcode = reader_.u8();
    if (opcode >= header_->opcode_base) {
        special(opcode);
        return Event::row;
    }
    return opcode == 0 ? extended() : standard(opcode);
}

void LineMachine::advance(std::uint64_t operations) {
    const unsigned width = header_->maximum_operations;
    if (width <= 1) {
        registers_.address += header_->minimum_instruction_length * operations;
        return;
    }
    const std::uint64_t total = operation_ + operations;
    registers_.address += header_->minimum_instruction_length * (total / width);
    operation_ = static_cast<std::uint32_t>(total % width);
}

void LineMachine::add_line(std::int64_t delta) {
    registers_.line =
        static_cast<std::uint32_t>(registers_.line + static_cast<std::uint64_t>(delta));
}

void LineMachine::special(std::uint8_t opcode) {
    const unsigned adjusted = unsigned{opcode} - header_->opcode_base;
    advance(adjusted / header_->line_range);
    add_line(header_->line_base + static_cast<std::int64_t>(adjusted % header_->line_range));
}

LineMachine::Event LineMachine::standard(std::uint8_t opcode) {
    switch (opcode) {
        case DW::DW_LNS_copy: return Event::row;
        case DW::DW_LNS_advance_pc: advance(reader_.uleb()); break;
        case DW::DW_LNS_advance_line: add_line(reader_.sleb()); break;
        case DW::DW_LNS_set_file:
            registers_.file = static_cast<std::uint32_t>(reader_.uleb());
            break;
        case DW::DW_LNS_set_column:
            registers_.column = static_cast<std::uint32_t>(reader_.uleb());
            break;
        case DW::DW_LNS_negate_stmt:
        case DW::DW_LNS_set_basic_block:
        case DW::DW_LNS_set_prologue_end:
        case DW::DW_LNS_set_epilogue_begin: break;
        case DW::DW_LNS_const_add_pc:
            advance((255U - header_->opcode_base) / header_->line_range);
            break;
        case DW::DW_LNS_fixed_advance_pc:
            registers_.address += relocated_ ? reader_.relocated(2) : reader_.u16();
            operation_ = 0;
            break;
        case DW::DW_LNS_set_isa: reader_.skip_leb(); break;
        default: skip_unknown(opcode); break;
    }
    return Event::none;
}

void LineMachine::skip_unknown(std::uint8_t opcode) {
    const std::size_t index = opcode - 1U;
    const unsigned operands = index < opcode_lengths_.size() ? opcode_lengths_[index] : 0U;
    for (unsigned i = 0; i < operands; ++i) reader_.skip_leb();
}

LineMachine::Event LineMachine::extended() {
    const std::uint64_t length = reader_.uleb();
    const std::uint64_t start = reader_.offset();
    if (length == 0 || length > reader_.remaining()) {
        reader_.fail();
        return Event::none;
    }
    Event event = Event::none;
    switch (reader_.u8()) {
        case DW::DW_LNE_end_sequence: event = Event::end_sequence; break;
        case DW::DW_LNE_set_address:
            registers_.address = reader_.relocated(static_cast<unsigned>(length - 1));
            operation_ = 0;
            break;
        case DW::DW_LNE_set_discriminator:
            registers_.discriminator = static_cast<std::uint32_t>(reader_.uleb());
            break;
        default: break;
    }
    reader_.seek(start + length);
    return event;
}

}  // namespace symline::dwarf
