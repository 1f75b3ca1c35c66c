#include "dwarf/line_table.h"

#include <algorithm>
#include <utility>

namespace symline::dwarf {

/// The state machine of DWARF 5 section 6.2.2. Registers that do not change an answer (is_stmt,
/// basic_block, isa, ...) are left out.
///
/// Most of the time of a lookup in a new unit goes into running its program, so the common opcodes
/// are done on local variables; what is rare takes one opcode at a time through the reader.
class LineTable::Machine {
public:
    enum class Event { row, end_sequence, none };

    Machine(const Unit& unit, const LineHeader& header, const SpecialOpcodes& specials)
        : header_(&header),
          specials_(&specials),
          reader_(unit.sections().reader(SectionId::line, header.program)),
          section_(unit.sections().get(SectionId::line).bytes.data()),
          lengths_(elf::tail(unit.sections().get(SectionId::line).bytes, header.opcode_lengths)),
          relocated_(unit.sections().relocates_constants()) {
        reader_.limit(header.end);
        end_ = reader_.offset() + reader_.remaining();
    }

    bool ok() const { return reader_.ok(); }
    std::uint32_t operation() const { return operation_; }

    void resume(const LineRow& row, std::uint32_t operation, std::uint64_t offset) {
        state_ = row;
        state_.discriminator = 0;
        operation_ = operation;
        reader_.seek(offset);
    }

    /// Calls `visit(Event, const LineRow&, offset behind the opcode) -> bool` for every row and
    /// every end of a sequence, until it returns false or the program ends.
    template <typename Visit>
    void run(Visit visit) {
        while (!reader_.at_end()) {
            if (header_->maximum_operations <= 1 && !run_common(visit)) return;
            if (reader_.at_end()) return;
            const Event event = step();
            if (!reader_.ok()) return;
            if (event == Event::none) continue;
            if (!visit(event, std::as_const(state_), reader_.offset())) return;
            state_.discriminator = 0;
            if (event == Event::end_sequence) state_ = {}, operation_ = 0;
        }
    }

private:
    /// A LEB128 of up to four bytes, as all are but in damage. False, and nothing moved, for longer
    /// ones.
    static bool short_leb(const std::uint8_t*& at, const std::uint8_t* end, std::uint32_t& value,
                          unsigned& bits) {
        const std::uint8_t* byte = at;
        value = 0;
        for (bits = 0; bits < 28 && byte != end; ++byte) {
            value |= std::uint32_t{*byte & 0x7fU} << bits;
            bits += 7;
            if (*byte < 0x80) return at = byte + 1, true;
        }
        return false;
    }

    /// Runs until an opcode comes that is left to step(). False when the visitor wants no more.
    template <typename Visit>
    bool run_common(Visit& visit) {
        const std::uint8_t* const end = section_ + end_;
        const std::uint8_t* at = section_ + reader_.offset();
        const unsigned opcode_base = header_->opcode_base;
        const unsigned minimum_length = header_->minimum_instruction_length;
        LineRow state = state_;
        bool more = true;
        while (at != end) {
            const std::uint8_t* const start = at;
            const unsigned opcode = *at++;
            if (opcode >= opcode_base || opcode == DW::DW_LNS_copy) {
                if (opcode >= opcode_base) {
                    state.address += (*specials_)[opcode].address;
                    state.line += static_cast<std::uint32_t>((*specials_)[opcode].line);
                }
                more = visit(Event::row, std::as_const(state),
                             static_cast<std::uint64_t>(at - section_));
                state.discriminator = 0;
                if (!more) break;
                continue;
            }
            std::uint32_t value = 0;
            unsigned bits = 0;
            bool done = true;
            switch (opcode) {
                case DW::DW_LNS_advance_pc:
                    done = short_leb(at, end, value, bits);
                    if (done) state.address += std::uint64_t{value} * minimum_length;
                    break;
                case DW::DW_LNS_advance_line:
                    done = short_leb(at, end, value, bits);
                    if (done && (value >> (bits - 1) & 1U) != 0) value |= ~0U << bits;
                    if (done) state.line += value;
                    break;
                case DW::DW_LNS_set_file:
                    done = short_leb(at, end, value, bits);
                    if (done) state.file = value;
                    break;
                case DW::DW_LNS_set_column:
                    done = short_leb(at, end, value, bits);
                    if (done) state.column = value;
                    break;
                case DW::DW_LNS_negate_stmt:
                case DW::DW_LNS_set_basic_block:
                case DW::DW_LNS_set_prologue_end:
                case DW::DW_LNS_set_epilogue_begin: break;
                case DW::DW_LNS_const_add_pc: state.address += (*specials_)[255].address; break;
                case 0:  // DW_LNE_set_discriminator of a small number: the commonest of its kind
                    done = end - at >= 3 && at[0] == 2 && at[1] == DW::DW_LNE_set_discriminator &&
                           at[2] < 0x80;
                    if (done) state.discriminator = at[2], at += 3;
                    break;
                default: done = false; break;
            }
            if (!done) {
                at = start;
                break;
            }
        }
        state_ = state;
        reader_.seek(static_cast<std::uint64_t>(at - section_));
        return more;
    }

    /// Runs one opcode.
    Event step() {
        const std::uint8_t opcode = reader_.u8();
        if (opcode >= header_->opcode_base) return special(opcode), Event::row;
        return opcode == 0 ? extended() : standard(opcode);
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
        advance(unsigned(opcode - header_->opcode_base) / header_->line_range);
        add_line((*specials_)[opcode].line);
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
        return Event::none;
    }

    void skip_unknown(std::uint8_t opcode) {
        const unsigned operands = opcode - 1U < lengths_.size() ? lengths_[opcode - 1U] : 0U;
        for (unsigned i = 0; i < operands; ++i) reader_.skip_leb();
    }

    Event extended() {
        const std::uint64_t length = reader_.uleb();
        const std::uint64_t start = reader_.offset();
        if (length == 0 || length > reader_.remaining()) return reader_.fail(), Event::none;
        Event event = Event::none;
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
    const SpecialOpcodes* specials_;
    Reader reader_;
    const std::uint8_t* section_;
    Bytes lengths_;
    bool relocated_;
    std::uint64_t end_ = 0;        ///< of the program, in .debug_line
    std::uint32_t operation_ = 0;  ///< op_index
    LineRow state_;
};

LineTable::LineTable(const Unit& unit) : unit_(&unit) {
    if (!unit.attributes().line_program) return;
    header_ = read_line_header(unit, *unit.attributes().line_program);
    if (!header_) {
        unit.sections().note_problem("damaged debug information: a line table's header");
        return;
    }
    read_special_opcodes();
    find_sequences();
}

void LineTable::read_special_opcodes() {
    for (unsigned opcode = header_->opcode_base; opcode < specials_.size(); ++opcode) {
        const unsigned adjusted = opcode - header_->opcode_base;
        const unsigned line = adjusted % header_->line_range;
        const unsigned operations = adjusted / header_->line_range;
        specials_[opcode].line =
            static_cast<std::int16_t>(header_->line_base + static_cast<int>(line));
        specials_[opcode].address =
            static_cast<std::uint16_t>(operations * header_->minimum_instruction_length);
    }
}

void LineTable::find_sequences() {
    constexpr std::uint32_t kRowsBetween = 32;
    Machine machine(*unit_, *header_, specials_);
    const auto& file = unit_->sections().file();
    Sequence current;
    std::uint32_t rows = 0;
    std::uint64_t low = 0, last = 0;
    machine.run([&](Machine::Event event, const LineRow& row, std::uint64_t next) {
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
                    {row, static_cast<std::uint32_t>(next), machine.operation()});
            }
            return true;
        }
        current.count = static_cast<std::uint32_t>(checkpoints_.size()) - current.first;
        current.high = row.address;
        if (rows > 0 && low < row.address && file.is_code(low)) {
            sequences_.add({low, row.address}, current);
        } else if (rows > 0) {
            checkpoints_.resize(current.first);
        }
        rows = 0;
        return true;
    });
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

/// The last checkpoint at or before an address; the first one when the rows are not in order.
const LineTable::Checkpoint& LineTable::nearest(const Sequence& sequence,
                                                std::uint64_t address) const {
    const Checkpoint* first = checkpoints_.data() + sequence.first;
    if (!sequence.ordered) return *first;
    const Checkpoint* after = std::upper_bound(
        first, first + sequence.count, address,
        [](std::uint64_t wanted, const Checkpoint& c) { return wanted < c.row.address; });
    return after == first ? *first : *std::prev(after);
}

LineRow LineTable::run(const Sequence& sequence, std::uint64_t address) const {
    const Checkpoint& start = nearest(sequence, address);
    Machine machine(*unit_, *header_, specials_);
    machine.resume(start.row, start.operation, start.next);
    LineRow found = start.row;
    LineRow previous = start.row;
    bool between = false;
    bool ended = false;
    machine.run([&](Machine::Event event, const LineRow& row, std::uint64_t) {
        between = previous.address <= address && address < row.address;
        if (between) found = previous;
        ended = event != Machine::Event::row || (between && sequence.ordered);
        previous = row;
        return !ended;
    });
    if (!ended && previous.address <= address) found = previous;
    return found;
}

void LineTable::rows_of(const Sequence& sequence, std::uint64_t low, std::uint64_t high,
                        const Visit& visit) const {
    const Checkpoint& start = nearest(sequence, low);
    Machine machine(*unit_, *header_, specials_);
    machine.resume(start.row, start.operation, start.next);
    LineRow previous = start.row;
    machine.run([&](Machine::Event event, const LineRow& row, std::uint64_t) {
        // Of several rows at one address the last one counts.
        const std::uint64_t from = std::max(previous.address, low);
        if (from < row.address) visit(from, &previous);
        previous = row;
        return event == Machine::Event::row && row.address < high;
    });
}

bool LineTable::rows_between(std::uint64_t low, std::uint64_t high, const Visit& visit) const {
    const auto& items = sequences_.items();
    while (low < high) {
        const auto found = holding(low);
        const auto after = std::ranges::upper_bound(items, low, {}, &RangeMap<Sequence>::Item::low);
        std::uint64_t end = after == items.end() ? high : std::min(high, after->low);
        if (found.empty()) {
            visit(low, nullptr);
        } else {
            if (!found.front().ordered) return false;
            end = std::min(end, found.front().high);
            rows_of(found.front(), low, end, visit);
        }
        low = end;
    }
    return true;
}

std::optional<LineRow> LineTable::at(std::uint64_t address, std::size_t ordinal) const {
    const auto found = holding(address);
    if (found.empty()) return std::nullopt;
    return run(found[std::min(ordinal, found.size() - 1)], address);
}

std::size_t LineTable::memory() const {
    const std::size_t entries = header_ ? header_->directories.size() + header_->files.size() : 0;
    return sequences_.memory() + checkpoints_.capacity() * sizeof(Checkpoint) +
           entries * sizeof(std::uint32_t);
}

std::optional<FileEntry> LineTable::file(std::uint64_t index) const {
    if (!header_) return std::nullopt;
    return file_entry(*unit_, *header_, index);
}

}  // namespace symline::dwarf
