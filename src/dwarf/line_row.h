// A row of a line table, and what receives the rows of a line number program as it runs.
#pragma once

#include <concepts>
#include <cstdint>

namespace symline::dwarf {

/// The registers of the line number state machine that a row is made of (DWARF 5 section 6.2.2).
/// Registers that change no answer (is_stmt, basic_block, isa, ...) are left out.
struct LineRow {
    std::uint64_t address = 0;
    std::uint32_t file = 1;
    std::uint32_t line = 1;
    std::uint32_t column = 0;
    std::uint32_t discriminator = 0;

    friend bool operator==(const LineRow&, const LineRow&) = default;
};

/// What a LineMachine tells of the program that it runs:
/// - `wants(made)` after every opcode, `made` being 1 when it made a row and 0 when it made none:
///   whether row() is to be called for it. A number and no bool, so that a visitor that counts rows
///   can subtract it without a branch.
/// - `row(row, next)` for a wanted row; `next` is the offset after its opcode in .debug_line. False
///   ends the run.
/// - `passed(low, high)`, before the row that it leads to or after a number of rows: since the last
///   call, or DW_LNE_end_sequence, opcodes added to the address `low`, or moved it there, and it is
///   `high` now. Unless it wrapped around, which makes `high` the smaller one, the addresses of the
///   rows between do not decrease.
/// - `end(row)` for DW_LNE_end_sequence. False ends the run.
template <typename Visitor>
concept RowVisitor = requires(Visitor& visitor, const LineRow& row, std::uint64_t offset) {
    { visitor.wants(1U) } -> std::same_as<bool>;
    { visitor.row(row, offset) } -> std::same_as<bool>;
    visitor.passed(row.address, row.address);
    { visitor.end(row) } -> std::same_as<bool>;
};

/// What a visitor is derived from that wants every row, and nothing else.
struct EveryRow {
    static constexpr bool wants(unsigned made) { return made != 0; }
    static constexpr void passed(std::uint64_t, std::uint64_t) {}
};

}  // namespace symline::dwarf
