// The state machine of a line number program (DWARF 5 section 6.2.2).
#pragma once

#include <cstdint>

#include "dwarf/fast_lines.h"
#include "dwarf/line_header.h"
#include "dwarf/line_row.h"
#include "dwarf/unit.h"

namespace symline::dwarf {

class LineMachine {
public:
    /// Stands at the first opcode. All must outlive the result; `opcodes` are those of `header`.
    LineMachine(const Unit& unit, const LineHeader& header, const LineOpcodes& opcodes);

    /// False once the program turned out to be damaged.
    bool ok() const { return reader_.ok(); }
    /// The op_index register.
    std::uint32_t operation() const { return operation_; }

    /// Goes on after a row that was made before, from the opcode at `offset` of .debug_line.
    void resume(const LineRow& row, std::uint32_t operation, std::uint64_t offset);

    /// Runs the program to its end, or until the visitor wants no more.
    template <RowVisitor Visitor>
    void run(Visitor& visitor) {
        const bool fast = header_->maximum_operations <= 1;
        while (!reader_.at_end()) {
            if (fast && !run_fast(visitor)) return;
            if (reader_.at_end() || !run_one(visitor)) return;
        }
    }
    /// The same, one opcode at a time: what run() is tested against.
    template <RowVisitor Visitor>
    void run_plainly(Visitor& visitor) {
        while (!reader_.at_end() && run_one(visitor)) {
        }
    }

private:
    enum class Event { row, end_sequence, none };

    template <RowVisitor Visitor>
    bool run_fast(Visitor& visitor) {
        std::uint64_t offset = reader_.offset();
        const bool more = fast_.run(registers_, offset, visitor);
        reader_.seek(offset);
        return more;
    }

    /// False when the visitor wants no more, or for damage.
    template <RowVisitor Visitor>
    bool run_one(Visitor& visitor) {
        const Event event = step();
        if (!reader_.ok()) return false;
        if (event == Event::none) return true;
        if (event == Event::end_sequence) {
            const LineRow end = registers_;
            registers_ = {};
            operation_ = 0;
            return visitor.end(end);
        }
        visitor.passed(registers_.address, registers_.address);
        const bool more = !visitor.wants(1) || visitor.row(registers_, reader_.offset());
        registers_.discriminator = 0;
        return more;
    }

    Event step();
    void special(std::uint8_t opcode);
    Event standard(std::uint8_t opcode);
    Event extended();
    void skip_unknown(std::uint8_t opcode);
    void advance(std::uint64_t operations);
    void add_line(std::int64_t delta);

    const LineHeader* header_;
    Reader reader_;
    FastLines fast_;
    Bytes opcode_lengths_;
    bool relocated_;               ///< see Sections::relocates_constants()
    std::uint32_t operation_ = 0;  ///< op_index
    LineRow registers_;
};

}  // namespace symline::dwarf
