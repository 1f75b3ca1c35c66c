#include "dwarf/line_table.h"

#include <algorithm>

namespace symline::dwarf {

/// The state machine of DWARF 5 section 6.2.2. Registers that do not change an answer (is_stmt,
/// basic_block, isa, ...) are left out.
class LineTable::Machine {
public:
    enum class Event { row, end_sequence, end };

    Machine(const Unit& unit, const LineHeader& header)
        : header_(&header),
          reader_(unit.sections().reader(SectionId::line, header.program)),
          lengths_(elf::tail(unit.sections().get(SectionId::line).bytes, header.opcode_lengths)),
          relocated_(unit.sections().relocates_constants()) {
        reader_.limit(header.end);
    }

    /// Runs to the next row. After `row` or `end_sequence`, row() is the row that was made.
    Event next() {
        if (ended_) reset();
        while (!reader_.at_end()) {
            const std::uint8_t opcode = reader_.u8();
            Event event = Event::end;
            if (opcode >= header_->opcode_base) {
                special(opcode);
                event = Event::row;
            } else if (opcode == 0) {
                event = extended();
            } else {
                event = standard(opcode);
            }
            if (!reader_.ok()) return Event::end;
            if (event == Event::end) continue;
            emit();
            ended_ = event == Event::end_sequence;
            return event;
        }
        return Event::end;
    }

    const LineRow& row() const { return made_; }
    std::uint64_t offset() const { return reader_.offset(); }
    std::uint32_t operation() const { return operation_; }
    bool ok() const { return reader_.ok(); }

    void resume(const LineRow& row, std::uint32_t operation, std::uint64_t offset) {
        state_ = row;
        state_.discriminator = 0;
        operation_ = operation;
        ended_ = false;
        reader_.seek(offset);
    }

private:
    void reset() {
        state_ = {};
        operation_ = 0;
        ended_ = false;
    }

    void emit() {
        made_ = state_;
        state_.discriminator = 0;
    }

    void advance(std::uint64_t operations) {
        const unsigned width = header_->maximum_operations;
        if (width <= 1) {
            state_.address += header_->minimum_instruction_length * operations;
            return;
        }
        const std::uint64_t total = operation_ + operations;
        state_.address += header_->minimum_instruction_length * (total / width);
        operation_ = static_cast<std::uint32_t>(total % width);
    }

    void add_line(std::int64_t delta) {
        state_.line = static_cast<std::uint32_t>(state_.line + static_cast<std::uint64_t>(delta));
    }

    void special(std::uint8_t opcode) {
        const unsigned adjusted = opcode - header_->opcode_base;
        advance(adjusted / header_->line_range);
        add_line(header_->line_base + static_cast<int>(adjusted % header_->line_range));
    }

    Event standard(std::uint8_t opcode) {
        switch (opcode) {
            case DW::DW_LNS_copy: return Event::row;
            case DW::DW_LNS_advance_pc: advance(reader_.uleb()); break;
            case DW::DW_LNS_advance_line: add_line(reader_.sleb()); break;
            case DW::DW_LNS_set_file:
                state_.file = static_cast<std::uint32_t>(reader_.uleb());
                break;
            case DW::DW_LNS_set_column:
                state_.column = static_cast<std::uint32_t>(reader_.uleb());
                break;
            case DW::DW_LNS_negate_stmt:
            case DW::DW_LNS_set_basic_block:
            case DW::DW_LNS_set_prologue_end:
            case DW::DW_LNS_set_epilogue_begin: break;
            case DW::DW_LNS_const_add_pc:
                advance((255U - header_->opcode_base) / header_->line_range);
                break;
            case DW::DW_LNS_fixed_advance_pc:
                state_.address += relocated_ ? reader_.relocated(2) : reader_.u16();
                operation_ = 0;
                break;
            case DW::DW_LNS_set_isa: reader_.skip_leb(); break;
            default: skip_unknown(opcode); break;
        }
        return Event::end;
    }

    void skip_unknown(std::uint8_t opcode) {
        const unsigned operands = opcode - 1U < lengths_.size() ? lengths_[opcode - 1U] : 0U;
        for (unsigned i = 0; i < operands; ++i) reader_.skip_leb();
    }

    Event extended() {
        const std::uint64_t length = reader_.uleb();
        const std::uint64_t start = reader_.offset();
        if (length == 0 || length > reader_.remaining()) return reader_.fail(), Event::end;
        Event event = Event::end;
        switch (reader_.u8()) {
            case DW::DW_LNE_end_sequence: event = Event::end_sequence; break;
            case DW::DW_LNE_set_address:
                state_.address = reader_.relocated(static_cast<unsigned>(length - 1));
                operation_ = 0;
                break;
            case DW::DW_LNE_set_discriminator:
                state_.discriminator = static_cast<std::uint32_t>(reader_.uleb());
                break;
            default: break;
        }
        reader_.seek(start + length);
        return event;
    }

    const LineHeader* header_;
    Reader reader_;
    Bytes lengths_;
    bool relocated_;
    bool ended_ = false;
    std::uint32_t operation_ = 0;  ///< op_index
    LineRow state_;
    LineRow made_;
};

LineTable::LineTable(const Unit& unit) : unit_(&unit) {
    if (!unit.attributes().line_program) return;
    header_ = read_line_header(unit, *unit.attributes().line_program);
    if (!header_) {
        unit.sections().note_problem("damaged debug information: a line table's header");
        return;
    }
    find_sequences();
}

void LineTable::find_sequences() {
    constexpr std::uint32_t kRowsBetween = 32;
    Machine machine(*unit_, *header_);
    const auto& file = unit_->sections().file();
    Sequence current;
    std::uint32_t rows = 0;
    std::uint64_t low = 0, last = 0;
    auto event = machine.next();
    for (; event != Machine::Event::end; event = machine.next()) {
        const LineRow& row = machine.row();
        if (rows == 0) {
            low = row.address;
            current = {.first = static_cast<std::uint32_t>(checkpoints_.size())};
        } else if (row.address < last) {
            current.ordered = false;
        }
        last = row.address;
        if (event == Machine::Event::row) {
            if (rows++ % kRowsBetween == 0) {
                checkpoints_.push_back(
                    {row, static_cast<std::uint32_t>(machine.offset()), machine.operation()});
            }
            continue;
        }
        current.count = static_cast<std::uint32_t>(checkpoints_.size()) - current.first;
        if (rows > 0 && low < row.address && file.is_code(low)) {
            sequences_.add({low, row.address}, current);
        } else if (rows > 0) {
            checkpoints_.resize(current.first);
        }
        rows = 0;
    }
    if (!machine.ok()) unit_->sections().note_problem("damaged debug information: a line program");
    sequences_.sort();
}

/// The sequences that hold an address and start last: more than one only where a linker folded
/// functions into one.
std::vector<LineTable::Sequence> LineTable::holding(std::uint64_t address) const {
    std::vector<Sequence> found;
    std::uint64_t low = 0;
    sequences_.for_each(address, [&](const auto& item) {
        if (item.low != low) found.clear();
        low = item.low;
        found.push_back(item.value);
    });
    return found;
}

std::size_t LineTable::sequences_at(std::uint64_t address) const {
    return holding(address).size();
}

LineRow LineTable::run(const Sequence& sequence, std::uint64_t address) const {
    const Checkpoint* first = checkpoints_.data() + sequence.first;
    const Checkpoint* last = first + sequence.count;
    const Checkpoint* start = first;
    if (sequence.ordered) {
        start = std::upper_bound(
            first, last, address,
            [](std::uint64_t wanted, const Checkpoint& c) { return wanted < c.row.address; });
        if (start != first) --start;
    }
    Machine machine(*unit_, *header_);
    machine.resume(start->row, start->operation, start->next);
    LineRow found = start->row;
    LineRow previous = start->row;
    while (true) {
        const auto event = machine.next();
        const bool between = previous.address <= address &&
                             (event == Machine::Event::end || address < machine.row().address);
        if (between) found = previous;
        if (event != Machine::Event::row || (between && sequence.ordered)) return found;
        previous = machine.row();
    }
}

std::optional<LineRow> LineTable::at(std::uint64_t address, std::size_t ordinal) const {
    const auto found = holding(address);
    if (found.empty()) return std::nullopt;
    return run(found[std::min(ordinal, found.size() - 1)], address);
}

std::optional<FileEntry> LineTable::file(std::uint64_t index) const {
    if (!header_) return std::nullopt;
    return file_entry(*unit_, *header_, index);
}

}  // namespace symline::dwarf
