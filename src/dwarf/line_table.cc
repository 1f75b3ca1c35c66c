#include "dwarf/line_table.h"

#include <algorithm>
#include <utility>

namespace symline::dwarf {

LineTable::LineTable(const Unit& unit, std::shared_ptr<const LineOpcodes>* opcodes) : unit_(unit) {
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

/// Learns sequences from the rows as they come. A unit has ten thousands of rows, so most are only
/// counted.
class LineTable::Learner {
public:
    Learner(LineTable& table, const LineMachine& machine) : table_(&table), machine_(&machine) {}

    bool wants(unsigned made) {
        until_checkpoint_ -= made;
        return until_checkpoint_ == 0;
    }

    bool row(const LineRow& row, std::uint64_t next) {
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
            if (low < row.address && table_->unit_.sections().file().is_code(low)) {
                Sequence sequence{.first = first_};
                sequence.count = static_cast<std::uint32_t>(checkpoints.size()) - first_;
                const bool ascending = ordered_ && row.address >= last_;
                sequence.order = ascending ? RowOrder::ascending : RowOrder::any;
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
    const LineMachine* machine_;
    std::uint64_t last_ = 0;
    std::uint32_t until_checkpoint_ = 1;
    std::uint32_t first_ = static_cast<std::uint32_t>(table_->checkpoints_.size());
    bool ordered_ = true;
};

void LineTable::find_sequences() {
    LineMachine machine(unit_, *header_, *opcodes_);
    Learner learner(*this, machine);
    machine.run(learner);
    if (!machine.ok()) unit_.sections().note_problem("damaged debug information: a line program");
    sequences_.sort();
}

/// Finds the row of an address among those from a checkpoint on.
class LineTable::Search : public EveryRow {
public:
    Search(const LineRow& start, std::uint64_t address, RowOrder order)
        : found_(start), previous_(start), address_(address), order_(order) {}

    [[gnu::always_inline]] bool row(const LineRow& row, std::uint64_t) {
        const bool between = previous_.address <= address_ && address_ < row.address;
        if (between) found_ = previous_;
        ended_ = between && order_ == RowOrder::ascending;
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
    RowOrder order_;
    bool ended_ = false;
};

/// Of the sequences that hold an address, those that start last count: more than one only where a
/// linker folded functions into one. The sequence is number `ordinal` of them, or the last.
LineTable::SequenceMatch LineTable::sequence_at(std::uint64_t address, std::size_t ordinal) const {
    // Linkers fold some thousand empty functions of a large C++ program into one.
    constexpr std::size_t kMaxPassed = 16384;
    SequenceMatch found;
    std::uint64_t low = 0;
    sequences_.for_each(address, [&](const auto& item) {
        if (item.low != low) found.count = 0;
        low = item.low;
        if (found.count++ <= ordinal) found.sequence = &item.value;
        return ++found.passed < kMaxPassed;
    });
    return found;
}

std::size_t LineTable::sequences_at(std::uint64_t address) const {
    return sequence_at(address, 0).count;
}

/// The last checkpoint at or before an address; the first one when the rows are not in order.
const LineTable::Checkpoint& LineTable::nearest(const Sequence& sequence,
                                                std::uint64_t address) const {
    const Checkpoint* first = checkpoints_.data() + sequence.first;
    if (sequence.order == RowOrder::any) return *first;
    const Checkpoint* after = std::upper_bound(
        first, first + sequence.count, address,
        [](std::uint64_t wanted, const Checkpoint& c) { return wanted < c.row.address; });
    return after == first ? *first : *std::prev(after);
}

LineMachine LineTable::machine_at(const Checkpoint& checkpoint) const {
    LineMachine machine(unit_, *header_, *opcodes_);
    machine.resume(checkpoint.row, checkpoint.operation, checkpoint.next);
    return machine;
}

LineRow LineTable::find_row(const Sequence& sequence, std::uint64_t address) const {
    const Checkpoint& start = nearest(sequence, address);
    LineMachine machine = machine_at(start);
    Search search(start.row, address, sequence.order);
    machine.run(search);
    return search.found();
}

/// Passes on the rows of an interval of addresses. Of several rows at one address the last one
/// counts.
class LineTable::Listing : public EveryRow {
public:
    Listing(const LineRow& start, std::uint64_t low, std::uint64_t high, const Visit& visit)
        : previous_(start), low_(low), high_(high), visit_(&visit) {}

    bool row(const LineRow& row, std::uint64_t) {
        const std::uint64_t from = std::max(previous_.address, low_);
        if (from < row.address) (*visit_)(from, &previous_);
        previous_ = row;
        return row.address < high_;
    }

    bool end(const LineRow& row) {
        this->row(row, 0);
        return false;
    }

private:
    LineRow previous_;
    std::uint64_t low_, high_;
    const Visit* visit_;
};

void LineTable::rows_of(const Sequence& sequence, std::uint64_t low, std::uint64_t high,
                        const Visit& visit) const {
    const Checkpoint& start = nearest(sequence, low);
    LineMachine machine = machine_at(start);
    Listing listing(start.row, low, high, visit);
    machine.run(listing);
}

bool LineTable::rows_between(std::uint64_t low, std::uint64_t high, const Visit& visit) const {
    const auto& items = sequences_.items();
    while (low < high) {
        const auto [found, count, passed] = sequence_at(low, 0);
        if (passed > 1 && !unit_.sections().spend(Work::overlaps, passed - 1)) return false;
        const auto after = std::ranges::upper_bound(items, low, {}, &RangeMap<Sequence>::Item::low);
        std::uint64_t end = after == items.end() ? high : std::min(high, after->low);
        if (found == nullptr) {
            visit(low, nullptr);
        } else {
            if (found->order == RowOrder::any) return false;
            end = std::min(end, found->high);
            rows_of(*found, low, end, visit);
        }
        low = end;
    }
    return true;
}

std::optional<LineRow> LineTable::at(std::uint64_t address, std::size_t ordinal) const {
    const SequenceMatch found = sequence_at(address, ordinal);
    if (found.sequence == nullptr) return std::nullopt;
    return find_row(*found.sequence, address);
}

std::size_t LineTable::memory() const {
    const std::size_t entries = header_ ? header_->directories.size() + header_->files.size() : 0;
    return sizeof(LineTable) + sequences_.memory() + checkpoints_.capacity() * sizeof(Checkpoint) +
           entries * sizeof(std::uint32_t);
}

std::optional<FileEntry> LineTable::file(std::uint64_t index) const {
    if (!header_) return std::nullopt;
    return file_entry(unit_, *header_, index);
}

}  // namespace symline::dwarf
