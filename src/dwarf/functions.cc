#include "dwarf/functions.h"

namespace symline::dwarf {

FunctionIndex FunctionIndex::scan(const Unit& unit, const AbbreviationTable& abbreviations,
                                  ScanDepth depth) {
    FunctionIndex index;
    DieWalk walk(unit, abbreviations, unit.first_child());
    std::uint64_t open = 1;  // lists of children not yet ended
    while (open > 0) {
        if (depth == ScanDepth::shallow) walk.pass_without_code();
        const auto step = walk.next();
        if (step == DieWalk::Step::end) break;
        if (step == DieWalk::Step::end_of_children) {
            --open;
            continue;
        }
        const bool subprogram = walk.tag() == DW::DW_TAG_subprogram;
        const bool enter = depth == ScanDepth::full || is_scope(walk.tag());
        // Declarations and abstract instances hold no code.
        if (!enter && !(subprogram && walk.has_pc())) {
            walk.skip_tree();
            continue;
        }
        if (subprogram) index.add_ranges(unit, walk);
        if (!enter) {
            walk.skip_tree();
            continue;
        }
        const bool children = walk.has_children();
        walk.skip_attributes();
        if (children) ++open;
    }
    if (walk.damaged()) unit.sections().note_problem("damaged debug information: a DIE tree");
    index.functions_.sort();
    return index;
}

void FunctionIndex::add_ranges(const Unit& unit, const DieWalk& subprogram) {
    Sections& sections = unit.sections();
    const PcAttributes pc = subprogram.pc();
    const bool whole = for_each_range(unit, pc, [&](AddressRange range) {
        if (sections.file().is_code(range.low)) functions_.add(range, subprogram.offset());
        return !pc.ranges || sections.spend(Work::indexed_ranges, 1);
    });
    if (!whole) sections.note_problem("damaged debug information: address ranges");
}

std::vector<FunctionDie> FunctionIndex::at(std::uint64_t address) const {
    std::vector<FunctionDie> found;
    functions_.for_each(
        address, [&](const auto& item) { found.push_back({item.value, {item.low, item.high}}); });
    return found;
}

}  // namespace symline::dwarf
