#include "dwarf/line_table_cache.h"

namespace symline::dwarf {

std::shared_ptr<const LineTable> LineTableCache::table(const Unit& unit) {
    const auto program = unit.attributes().line_program;
    if (!program) return std::make_shared<const LineTable>(unit);
    auto& candidates = tables_[*program];
    for (const auto& table : candidates) {
        if (table->reads_alike(unit)) return table;
    }
    candidates.push_back(std::make_shared<const LineTable>(unit, &opcodes_));
    memory_ += candidates.back()->memory();
    return candidates.back();
}

void LineTableCache::drop_unused() {
    memory_ = 0;
    for (auto& [offset, tables] : tables_) {
        std::erase_if(tables, [](const auto& table) { return table.use_count() == 1; });
        for (const auto& table : tables) memory_ += table->memory();
    }
    std::erase_if(tables_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace symline::dwarf
