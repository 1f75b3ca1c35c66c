#include "dwarf/functions.h"

#include "dwarf/inlines.h"

namespace symline::dwarf {
namespace {

/// The functions whose children a walk is among.
class Enclosing {
public:
    struct Function {
        std::uint64_t die = 0;  ///< 0: none
        AddressRange range;
        AddressRange inlined;  ///< what was last found to be inlined into it outside of `range`

        bool holds(AddressRange code) const {
            const auto in = [&](AddressRange each) {
                return code.low >= each.low && code.high <= each.high;
            };
            return in(range) || in(inlined);
        }
    };

    void enter(const Function& function) { lists_.push_back(function); }
    void leave() {
        if (!lists_.empty()) lists_.pop_back();
    }
    Function innermost() const { return lists_.empty() ? Function{} : lists_.back(); }

private:
    std::vector<Function> lists_;
};

AddressRange first_range(const Unit& unit, const DieWalk& die) {
    AddressRange first;
    for_each_range(unit, die.pc(), [&](AddressRange range) {
        first = range;
        return false;
    });
    return first;
}

}  // namespace

ScanDepth first_depth(const Unit& unit) {
    return nests_ranges(unit) ? ScanDepth::shallow : ScanDepth::full;
}

FunctionIndex FunctionIndex::scan(const Unit& unit, const AbbreviationTable& abbreviations,
                                  ScanDepth depth) {
    FunctionIndex index;
    DieWalk walk(unit, abbreviations, unit.first_child());
    std::uint64_t open = 1;  // lists of children not yet ended
    const bool with_inlined = depth == ScanDepth::full && !nests_ranges(unit);
    Enclosing enclosing;
    while (open > 0) {
        if (depth == ScanDepth::shallow) walk.pass_without_code();
        const auto step = walk.next();
        if (step == DieWalk::Step::end) break;
        if (step == DieWalk::Step::end_of_children) {
            --open;
            enclosing.leave();
            continue;
        }
        const bool subprogram = walk.tag() == DW::DW_TAG_subprogram;
        const bool enter = depth == ScanDepth::full || is_scope(walk.tag());
        // Declarations and abstract instances hold no code.
        if (!enter && !(subprogram && walk.has_pc())) {
            walk.skip_tree();
            continue;
        }
        Enclosing::Function function = enclosing.innermost();
        if (subprogram) {
            index.add_ranges(unit, walk, walk.offset());
            function = {.die = walk.offset(), .range = {}, .inlined = {}};
            if (with_inlined && walk.has_pc()) function.range = first_range(unit, walk);
        }
        // Of a function in two sections DWARF 2 tells one range. gcc has another DIE for the second
        // ("__second_sect_of_f"), but what is inlined there is the function's.
        if (with_inlined && walk.tag() == DW::DW_TAG_inlined_subroutine && walk.has_pc() &&
            function.die != 0) {
            const AddressRange inlined = first_range(unit, walk);
            if (!function.holds(inlined)) {
                index.add_ranges(unit, walk, function.die);
                function.inlined = inlined;
            }
        }
        if (!enter) {
            walk.skip_tree();
            continue;
        }
        const bool children = walk.has_children();
        walk.skip_attributes();
        if (children) {
            ++open;
            enclosing.enter(function);
        }
    }
    if (walk.damaged()) unit.sections().note_problem("damaged debug information: a DIE tree");
    index.functions_.sort();
    return index;
}

void FunctionIndex::add_ranges(const Unit& unit, const DieWalk& die, std::uint64_t function) {
    Sections& sections = unit.sections();
    const PcAttributes pc = die.pc();
    const bool whole = for_each_range(unit, pc, [&](AddressRange range) {
        if (sections.file().is_code(range.low)) functions_.add(range, function);
        return !pc.ranges || sections.spend(Work::indexed_ranges, 1);
    });
    if (!whole) sections.note_problem("damaged debug information: address ranges");
}

std::vector<FunctionDie> FunctionIndex::at(std::uint64_t address, std::size_t max) const {
    std::vector<FunctionDie> found;
    functions_.for_each(address, [&](const auto& item) {
        if (found.size() == max) return false;
        found.push_back({item.value, {item.low, item.high}});
        return true;
    });
    return found;
}

}  // namespace symline::dwarf
