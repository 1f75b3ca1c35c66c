#include "dwarf/line_table.h"

#include <algorithm>
#include <utility>

namespace symline::dwarf {

/// The state machine of DWARF 5 section 6.2.2. Registers that do not change an answer (is_stmt,
/// basic_block, isa, ...) are left out.
///
/// Most of the time of a lookup in a new unit goes into running its program, so the common opcodes
/// are done by table and on local variables; what is rare takes one opcode at a time through the
/// reader.
class LineTable::Machine {
public:
    Machine(const Unit& unit, const LineHeader& header, const LineOpcodes& opcodes)
        : header_(&header),
          opcodes_(&opcodes),
          reader_(unit.sections().reader(SectionId::line, header.program)),
          section_(unit.sections().get(SectionId::line).bytes.data()),
          lengths_(base::tail(unit.sections().get(SectionId::line).bytes, header.opcode_lengths)),
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

    /// Calls `visit.row(const LineRow&, offset behind the opcode) -> bool` for every row, until it
    /// returns false or the program ends, and `visit.end(const LineRow&) -> bool` for every end of
    /// a sequence. A visitor that need not see every row has `visit.wants(1 for a row, else 0)`,
    /// `visit.take()` in place of visit.row() where that was true, and `visit.passed(low, high)`,
    /// the addresses between which the other rows are, in order.
    template <typename Visit>
    void run(Visit& visit) {
        while (!reader_.at_end()) {
            if (header_->maximum_operations <= 1 && !run_common(visit)) return;
            if (reader_.at_end()) return;
            const Event event = step();
            if (!reader_.ok()) return;
            if (event == Event::none) continue;
            const bool row = event == Event::row;
            const bool more = row ? visit.row(std::as_const(state_), reader_.offset())
                                  : visit.end(std::as_const(state_));
            if (!more) return;
            state_.discriminator = 0;
            if (!row) state_ = {}, operation_ = 0;
        }
    }

private:
    enum class Event { row, end_sequence, none };

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
        const bool packs =
            state_.file <= PackedRegisters::kLargest && state_.column <= PackedRegisters::kLargest;
        if (!packs || !opcodes_->usual()) return true;
        const std::uint8_t* const last = section_ + end_ - 1;
        const std::uint8_t* at = section_ + reader_.offset();
        const LineOpcodes& opcodes = *opcodes_;
        PackedRegisters packed(state_.line, state_.column, state_.file);
        std::uint64_t address = state_.address;
        std::uint32_t discriminator = state_.discriminator;
        const auto state = [&] {
            return LineRow{address, packed.file(), packed.line(), packed.column(), discriminator};
        };
        bool more = true;
        while (at < last) {
            const unsigned opcode = *at;
            const LineOpcode& does = opcodes[*at];
            const std::uint32_t operand = at[1];
            if (((operand | LineOpcode::kOther) & does.stops) != 0) {
                if (does.stops == LineOpcode::kOperand && at + 1 < last && at[2] < 0x80) {
                    const std::uint64_t value = (operand & 0x7fU) | std::uint32_t{at[2]} << 7U;
                    address += does.address_scale * value;
                    packed.word &= does.keeps;
                    packed.word += does.of_two_bytes(value);
                    at += 3;
                    continue;
                }
                LineRow registers = state();
                const std::uint8_t* const next = run_uncommon(at, section_ + end_, registers);
                if (next == nullptr) break;
                at = next;
                packed = {registers.line, registers.column, registers.file};
                address = registers.address;
                discriminator = registers.discriminator;
                continue;
            }
            address += does.address + std::uint64_t{does.address_scale} * operand;
            packed.word &= does.keeps;
            packed.word += does.of_byte(operand);
            // In place of a length in the table: the next opcode is known earlier this way.
            const bool has_operand = opcode - DW::DW_LNS_advance_pc <= 3U;
            at += has_operand ? 2 : 1;
            if (wants(visit, does.row)) {
                more = take(visit, state(), static_cast<std::uint64_t>(at - section_));
                if (!more) break;
            }
            discriminator &= does.row - 1U;
        }
        if constexpr (requires { visit.passed(address, address); }) {
            visit.passed(state_.address, address);
        }
        state_ = state();
        if (!more) state_.discriminator = 0;
        reader_.seek(static_cast<std::uint64_t>(at - section_));
        return more;
    }

    template <typename Visit>
    static bool wants(Visit& visit, unsigned row) {
        if constexpr (requires { visit.wants(row); }) {
            return visit.wants(row);
        } else {
            return row != 0;
        }
    }

    template <typename Visit>
    static bool take(Visit& visit, const LineRow& row, std::uint64_t next) {
        if constexpr (requires { visit.take(row, next); }) {
            return visit.take(row, next);
        } else {
            return visit.row(row, next);
        }
    }

    /// An opcode with an operand of more than two bytes, or DW_LNE_set_discriminator of a small
    /// number: the commonest of its kind. Returns what is behind it; null, and nothing done, for
    /// any other.
    [[gnu::noinline]] const std::uint8_t* run_uncommon(const std::uint8_t* at,
                                                       const std::uint8_t* end,
                                                       LineRow& state) const {
        const unsigned opcode = *at;
        if (opcode == 0) {
            const bool small = end - at >= 4 && at[1] == 2 &&
                               at[2] == DW::DW_LNE_set_discriminator && at[3] < 0x80;
            if (!small) return nullptr;
            state.discriminator = at[3];
            return at + 4;
        }
        if ((*opcodes_)[*at].stops != LineOpcode::kOperand) return nullptr;
        std::uint32_t value = 0;
        unsigned bits = 0;
        if (!short_leb(++at, end, value, bits)) return nullptr;
        switch (opcode) {
            case DW::DW_LNS_advance_pc:
                state.address += std::uint64_t{value} * header_->minimum_instruction_length;
                break;
            case DW::DW_LNS_advance_line:
                if ((value >> (bits - 1) & 1U) != 0) value |= ~0U << bits;
                state.line += value;
                break;
            case DW::DW_LNS_set_file: state.file = value; break;
            default: state.column = value; break;
        }
        const bool large =
            state.file > PackedRegisters::kLargest || state.column > PackedRegisters::kLargest;
        return large ? nullptr : at;
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
        add_line(header_->line_base +
                 unsigned(opcode - header_->opcode_base) % header_->line_range);
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
    const LineOpcodes* opcodes_;
    Reader reader_;
    const std::uint8_t* section_;
    Bytes lengths_;
    bool relocated_;
    std::uint64_t end_ = 0;        ///< of the program, in .debug_line
    std::uint32_t operation_ = 0;  ///< op_index
    LineRow state_;
};

LineTable::LineTable(const Unit& unit, std::shared_ptr<const LineOpcodes>* opcodes) : unit_(&unit) {
    if (!unit.attributes().line_program) return;
    header_ = read_line_header(unit, *unit.attributes().line_program);
    if (!header_) {
        unit.sections().note_problem("damaged debug information: a line table's header");
        return;
    }
    if (opcodes != nullptr && *opcodes != nullptr && (*opcodes)->fits(*header_)) {
        opcodes_ = *opcodes;
    } else {
        opcodes_ = std::make_shared<const LineOpcodes>(*header_);
    }
    if (opcodes != nullptr) *opcodes = opcodes_;
    find_sequences();
}

/// Learns sequences from the rows as they come. Of each row only what is needed is done: there are
/// ten thousands in a unit.
class LineTable::Learner {
public:
    Learner(LineTable& table, const Machine& machine) : table_(&table), machine_(&machine) {}

    bool row(const LineRow& row, std::uint64_t next) {
        passed(row.address, row.address);
        return !wants(1) || take(row, next);
    }

    bool wants(unsigned row) {
        until_checkpoint_ -= row;
        return until_checkpoint_ == 0;
    }

    bool take(const LineRow& row, std::uint64_t next) {
        until_checkpoint_ = kRowsBetween;
        table_->checkpoints_.push_back(
            {row, static_cast<std::uint32_t>(next), machine_->operation()});
        return true;
    }

    void passed(std::uint64_t low, std::uint64_t high) {
        ordered_ &= low >= last_ && high >= low;
        last_ = high;
    }

    bool end(const LineRow& row) {
        auto& checkpoints = table_->checkpoints_;
        if (checkpoints.size() > first_) {
            const std::uint64_t low = checkpoints[first_].row.address;
            if (low < row.address && table_->unit_->sections().file().is_code(low)) {
                Sequence sequence{.first = first_};
                sequence.count = static_cast<std::uint32_t>(checkpoints.size()) - first_;
                sequence.ordered = ordered_ && row.address >= last_;
                sequence.high = row.address;
                table_->sequences_.add({low, row.address}, sequence);
            } else {
                checkpoints.resize(first_);
            }
        }
        *this = Learner(*table_, *machine_);
        return true;
    }

private:
    static constexpr std::uint32_t kRowsBetween = 32;

    LineTable* table_;
    const Machine* machine_;
    std::uint64_t last_ = 0;
    std::uint32_t until_checkpoint_ = 1;
    std::uint32_t first_ = static_cast<std::uint32_t>(table_->checkpoints_.size());
    bool ordered_ = true;
};

void LineTable::find_sequences() {
    Machine machine(*unit_, *header_, *opcodes_);
    Learner learner(*this, machine);
    machine.run(learner);
    if (!machine.ok()) unit_->sections().note_problem("damaged debug information: a line program");
    sequences_.sort();
}

/// Finds the row of an address among those from a checkpoint on.
class LineTable::Search {
public:
    Search(const LineRow& start, std::uint64_t address, bool ordered)
        : found_(start), previous_(start), address_(address), ordered_(ordered) {}

    [[gnu::always_inline]] bool row(const LineRow& row, std::uint64_t) {
        const bool between = previous_.address <= address_ && address_ < row.address;
        if (between) found_ = previous_;
        ended_ = between && ordered_;
        previous_ = row;
        return !ended_;
    }

    bool end(const LineRow& row) {
        this->row(row, 0);
        ended_ = true;
        return false;
    }

    LineRow found() const { return !ended_ && previous_.address <= address_ ? previous_ : found_; }

private:
    LineRow found_, previous_;
    std::uint64_t address_;
    bool ordered_;
    bool ended_ = false;
};

/// The sequence of number `ordinal`, or the last, among those that hold an address and start last:
/// more than one only where a linker folded functions into one.
LineTable::Holding LineTable::holding(std::uint64_t address, std::size_t ordinal) const {
    Holding found;
    std::uint64_t low = 0;
    sequences_.for_each(address, [&](const auto& item) {
        if (item.low != low) found = {};
        low = item.low;
        if (found.count++ <= ordinal) found.sequence = &item.value;
    });
    return found;
}

std::size_t LineTable::sequences_at(std::uint64_t address) const {
    return holding(address, 0).count;
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
    Machine machine(*unit_, *header_, *opcodes_);
    machine.resume(start.row, start.operation, start.next);
    Search search(start.row, address, sequence.ordered);
    machine.run(search);
    return search.found();
}

/// Passes on the rows of a stretch of addresses. Of several rows at one address the last one
/// counts.
class LineTable::Listing {
public:
    Listing(const LineRow& start, std::uint64_t low, std::uint64_t high, const Visit& visit)
        : previous_(start), low_(low), high_(high), visit_(&visit) {}

    bool row(const LineRow& row, std::uint64_t) {
        const std::uint64_t from = std::max(previous_.address, low_);
        if (from < row.address) (*visit_)(from, &previous_);
        previous_ = row;
        return row.address < high_;
    }

    bool end(const LineRow& row) { return this->row(row, 0), false; }

private:
    LineRow previous_;
    std::uint64_t low_, high_;
    const Visit* visit_;
};

void LineTable::rows_of(const Sequence& sequence, std::uint64_t low, std::uint64_t high,
                        const Visit& visit) const {
    const Checkpoint& start = nearest(sequence, low);
    Machine machine(*unit_, *header_, *opcodes_);
    machine.resume(start.row, start.operation, start.next);
    Listing listing(start.row, low, high, visit);
    machine.run(listing);
}

bool LineTable::rows_between(std::uint64_t low, std::uint64_t high, const Visit& visit) const {
    const auto& items = sequences_.items();
    while (low < high) {
        const Sequence* found = holding(low, 0).sequence;
        const auto after = std::ranges::upper_bound(items, low, {}, &RangeMap<Sequence>::Item::low);
        std::uint64_t end = after == items.end() ? high : std::min(high, after->low);
        if (found == nullptr) {
            visit(low, nullptr);
        } else {
            if (!found->ordered) return false;
            end = std::min(end, found->high);
            rows_of(*found, low, end, visit);
        }
        low = end;
    }
    return true;
}

std::optional<LineRow> LineTable::at(std::uint64_t address, std::size_t ordinal) const {
    const Holding found = holding(address, ordinal);
    if (found.sequence == nullptr) return std::nullopt;
    return run(*found.sequence, address);
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
