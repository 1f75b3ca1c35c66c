#include "dwarf/inlines.h"

namespace symline::dwarf {
namespace {

class Descent {
public:
    Descent(const Unit& unit, const AbbreviationTable& abbreviations, std::uint64_t function,
            std::uint64_t address)
        : unit_(unit), walk_(unit, abbreviations, function), address_(address) {}

    std::vector<InlinedSubroutine> run() {
        if (walk_.next() != DieWalk::Step::die || !walk_.has_children()) return {};
        walk_.skip_attributes();
        std::uint64_t open = 1;  // lists of children not yet ended, below the innermost hit
        while (open > 0) {
            const auto step = walk_.next();
            if (step == DieWalk::Step::end) break;
            if (step == DieWalk::Step::end_of_children) {
                --open;
                continue;
            }
            switch (walk_.tag()) {
                case DW::DW_TAG_inlined_subroutine:
                    if (enter_inlined()) open = walk_has_children_ ? 1 : 0;
                    break;
                case DW::DW_TAG_lexical_block:
                case DW::DW_TAG_try_block:
                case DW::DW_TAG_catch_block:
                case DW::DW_TAG_with_stmt:
                    if (enter_block()) ++open;
                    break;
                default: walk_.skip_tree(); break;
            }
        }
        if (walk_.damaged()) {
            unit_.sections().note_problem("damaged debug information: a DIE tree");
        }
        return std::move(chain_);
    }

private:
    /// Goes into an inlined subroutine if it holds the address, else past it.
    bool enter_inlined() {
        // Compilers stop inlining long before; a crafted unit of 60 KB could ask for 60,000 frames.
        constexpr std::size_t kDeepest = 1024;
        const auto range = range_holding(unit_, walk_.pc(), address_);
        if (!range || chain_.size() == kDeepest) {
            walk_.skip_tree();
            return false;
        }
        InlinedSubroutine& inlined = chain_.emplace_back();
        inlined.die = walk_.offset();
        inlined.range = *range;
        walk_has_children_ = walk_.has_children();
        walk_.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
            inlined.set(spec.name, value);
        });
        return true;
    }

    /// Goes into a block unless it says that the address is elsewhere. True when it has children.
    bool enter_block() {
        if (walk_.has_children() && walk_.has_pc()) {
            const PcAttributes pc = walk_.pc();
            if (pc && !range_holding(unit_, pc, address_)) {
                walk_.skip_tree();
                return false;
            }
        }
        const bool children = walk_.has_children();
        walk_.skip_attributes();
        return children;
    }

    const Unit& unit_;
    DieWalk walk_;
    std::uint64_t address_;
    bool walk_has_children_ = false;
    std::vector<InlinedSubroutine> chain_;
};

}  // namespace

std::vector<InlinedSubroutine> inlined_at(const Unit& unit, const AbbreviationTable& abbreviations,
                                          std::uint64_t function, std::uint64_t address) {
    return Descent(unit, abbreviations, function, address).run();
}

}  // namespace symline::dwarf
