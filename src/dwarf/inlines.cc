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
        InlinedSubroutine inlined;
        PcAttributes pc;
        inlined.die = walk_.offset();
        walk_has_children_ = walk_.has_children();
        walk_.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
            pc.set(spec.name, value);
            inlined.set(spec.name, value);
        });
        for_each_range(unit_, pc, [&](AddressRange range) {
            if (range.contains(address_)) inlined.range = range;
            return !range.contains(address_);
        });
        // Compilers stop inlining long before; a crafted unit of 60 KB could ask for 60,000 frames.
        constexpr std::size_t kDeepest = 1024;
        if (!inlined.range.contains(address_) || chain_.size() == kDeepest) {
            if (walk_has_children_) walk_.skip_tree(true);
            return false;
        }
        chain_.push_back(inlined);
        return true;
    }

    /// Goes into a block unless it says that the address is elsewhere. True when it has children.
    bool enter_block() {
        PcAttributes pc;
        const bool children = walk_.has_children();
        walk_.read_attributes(
            PcAttributes::is_one,
            [&](const AttributeSpec& spec, const FormValue& value) { pc.set(spec.name, value); });
        if (!children) return false;
        if (!pc || covers(unit_, pc, address_)) return true;
        walk_.skip_tree(true);
        return false;
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
