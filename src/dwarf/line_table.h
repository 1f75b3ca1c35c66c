// The line table of one unit: which row an address belongs to.
//
// The program is run once to learn its sequences; no row is stored. Every so many rows the state of
// the machine is noted, and a lookup runs on from the nearest note. A row costs a byte of memory
// that way, not forty, and the second lookup in a unit does no more than a few dozen steps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "dwarf/line_header.h"
#include "dwarf/line_opcodes.h"
#include "dwarf/range_map.h"

namespace symline::dwarf {

/// One row of the line table.
struct LineRow {
    std::uint64_t address = 0;
    std::uint32_t file = 1;
    std::uint32_t line = 1;
    std::uint32_t column = 0;
    std::uint32_t discriminator = 0;
};

class LineTable {
public:
    /// Reads the unit's header and runs its program. What is damaged ends the table there.
    /// Sequences that do not start in code (of discarded functions) are passed over. `opcodes`:
    /// those of a table made before, which most units of a file share; left for the next one.
    explicit LineTable(const Unit& unit, std::shared_ptr<const LineOpcodes>* opcodes = nullptr);

    /// The last row at or before `address` in a sequence that holds it. Where several sequences do
    /// (identical code folding), `ordinal` chooses among them in the order of the program.
    std::optional<LineRow> at(std::uint64_t address, std::size_t ordinal = 0) const;
    /// Calls `visit(address, row)` at `low` and at every address below `high` from which on at()
    /// gives another row; null where no sequence holds the address. False when the rows of a
    /// sequence are not in order, and only at() can tell.
    using Visit = std::function<void(std::uint64_t, const LineRow*)>;
    bool rows_between(std::uint64_t low, std::uint64_t high, const Visit& visit) const;
    /// How many sequences hold `address`.
    std::size_t sequences_at(std::uint64_t address) const;
    /// The file of a row or a call site.
    std::optional<FileEntry> file(std::uint64_t index) const;
    const std::optional<LineHeader>& header() const { return header_; }
    /// What it takes of memory, roughly.
    std::size_t memory() const;

private:
    /// The machine after a row was made, and where the next opcode stands.
    struct Checkpoint {
        LineRow row;
        std::uint32_t next = 0;
        std::uint32_t operation = 0;
    };
    struct Sequence {
        std::uint32_t first = 0, count = 0;  ///< its checkpoints
        bool ordered = true;                 ///< addresses never decrease
        std::uint64_t high = 0;              ///< where it ends
    };
    class Machine;
    class Learner;
    class Search;
    class Listing;
    struct Holding {
        const Sequence* sequence = nullptr;
        std::size_t count = 0;
    };

    void find_sequences();
    LineRow run(const Sequence& sequence, std::uint64_t address) const;
    const Checkpoint& nearest(const Sequence& sequence, std::uint64_t address) const;
    void rows_of(const Sequence& sequence, std::uint64_t low, std::uint64_t high,
                 const Visit& visit) const;
    Holding holding(std::uint64_t address, std::size_t ordinal) const;

    const Unit* unit_;
    std::optional<LineHeader> header_;
    std::shared_ptr<const LineOpcodes> opcodes_;
    RangeMap<Sequence> sequences_;
    std::vector<Checkpoint> checkpoints_;
};

}  // namespace symline::dwarf
