// The line tables of a file by offset: units may share one (type units, the partial units of dwz).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "dwarf/line_table.h"

namespace symline::dwarf {

class LineTableCache {
public:
    /// The table that a unit names; it was read for this unit or for another one that reads it
    /// alike.
    std::shared_ptr<const LineTable> table(const Unit& unit);
    /// Drops the tables that nobody else holds.
    void drop_unused();
    /// How much memory the tables take, roughly.
    std::size_t memory() const { return memory_; }

private:
    std::shared_ptr<const LineOpcodes> opcodes_;  ///< of the table that was read last
    std::size_t memory_ = 0;
    std::unordered_map<std::uint64_t, std::vector<std::shared_ptr<const LineTable>>> tables_;
};

}  // namespace symline::dwarf
