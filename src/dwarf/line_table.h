// The line table of one unit: which row an address belongs to.
//
// The program is run once to learn its sequences; rows are not stored. Every 32 rows the state of
// the machine is kept as a checkpoint, and a lookup runs on from the nearest one. That way a row
// takes a byte of memory, not forty, and the second lookup in a unit a few dozen steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "dwarf/line_header.h"
#include "dwarf/line_machine.h"
#include "dwarf/range_map.h"

namespace symline::dwarf {

class LineTable {
public:
    /// Reads the unit's header and runs its program. What is damaged ends the table there.
    /// Sequences that do not start in code (of discarded functions) are passed over. `opcodes` is
    /// in and out: most units of a file share those of the table that was read before.
    explicit LineTable(const Unit& unit, std::shared_ptr<const LineOpcodes>* opcodes = nullptr);

    /// The last row at or before `address` in a sequence that holds it. Where several sequences do
    /// (identical code folding), `ordinal` chooses among them in the order of the program.
    std::optional<LineRow> at(std::uint64_t address, std::size_t ordinal = 0) const;
    /// Calls `visit(address, row)` for `low`, and for every address below `high` at which the
    /// answer of at() changes; `row` is null where no sequence holds the address. False when the
    /// rows of a sequence are not in order, and only at() can tell.
    using Visit = std::function<void(std::uint64_t, const LineRow*)>;
    bool rows_between(std::uint64_t low, std::uint64_t high, const Visit& visit) const;
    /// How many sequences hold `address`.
    std::size_t sequences_at(std::uint64_t address) const;
    /// The file of a row or a call site.
    std::optional<FileEntry> file(std::uint64_t index) const;
    const std::optional<LineHeader>& header() const { return header_; }
    /// True when `unit`, which names the same offset, would read the same table.
    bool reads_alike(const Unit& unit) const {
        return unit.parameters() == unit_.parameters() &&
               unit.attributes().string_offsets == unit_.attributes().string_offsets;
    }
    /// What it takes of memory, roughly.
    std::size_t memory() const;

private:
    /// The machine after it made a row, and the offset of the next opcode.
    struct Checkpoint {
        LineRow row;
        std::uint32_t next = 0;
        std::uint32_t operation = 0;
    };
    /// Whether the addresses of the rows of a sequence never decrease.
    enum class RowOrder : bool { any, ascending };
    struct Sequence {
        std::uint32_t first = 0, count = 0;  ///< its checkpoints
        RowOrder order = RowOrder::ascending;
        std::uint64_t high = 0;  ///< where it ends
    };
    class Learner;
    class Search;
    class Listing;
    /// The sequence that answers for an address, how many start where it does, and how many hold
    /// the address.
    struct SequenceMatch {
        const Sequence* sequence = nullptr;
        std::size_t count = 0;
        std::size_t passed = 0;
    };

    void find_sequences();
    LineRow find_row(const Sequence& sequence, std::uint64_t address) const;
    LineMachine machine_at(const Checkpoint& checkpoint) const;
    const Checkpoint& nearest(const Sequence& sequence, std::uint64_t address) const;
    void rows_of(const Sequence& sequence, std::uint64_t low, std::uint64_t high,
                 const Visit& visit) const;
    SequenceMatch sequence_at(std::uint64_t address, std::size_t ordinal) const;

    Unit unit_;  ///< a copy: the table may outlive the unit that it was read for
    std::optional<LineHeader> header_;
    std::shared_ptr<const LineOpcodes> opcodes_;
    RangeMap<Sequence> sequences_;
    std::vector<Checkpoint> checkpoints_;
};

}  // namespace symline::dwarf
