#include "dwarf/inline_tree.h"

#include <algorithm>
#include <utility>

namespace symline::dwarf {
namespace {

constexpr std::size_t kDeepestScope = 1024;
constexpr std::size_t kMostRanges = std::size_t{1} << 20;

using Ranges = std::vector<AddressRange>;

class TreeWalk {
public:
    TreeWalk(const Unit& unit, const AbbreviationTable& abbreviations, std::uint64_t function,
             AddressRange within)
        : unit_(unit), walk_(unit, abbreviations, function) {
        scopes_.push_back({{within}, 1});
    }

    /// False when it gave up.
    bool run() {
        if (walk_.next() != DieWalk::Step::die || !walk_.has_children()) return true;
        walk_.skip_attributes();
        while (!scopes_.empty() && range_count_ <= kMostRanges) {
            const auto step = walk_.next();
            if (step == DieWalk::Step::end) return !walk_.damaged();
            if (step == DieWalk::Step::end_of_children) {
                scopes_.pop_back();
                continue;
            }
            if (scopes_.size() > kDeepestScope) return false;
            switch (walk_.tag()) {
                case DW::DW_TAG_inlined_subroutine: enter_inlined(); break;
                case DW::DW_TAG_lexical_block:
                case DW::DW_TAG_try_block:
                case DW::DW_TAG_catch_block:
                case DW::DW_TAG_with_stmt: enter_block(); break;
                default: walk_.skip_tree(); break;
            }
        }
        return scopes_.empty();
    }

    std::vector<InlineNode> take() { return std::move(nodes_); }

private:
    /// A list of children that is not yet ended.
    struct Scope {
        Ranges ranges;
        std::uint32_t depth;  ///< of what is inlined here
    };

    /// What of a DIE's ranges lies inside of the scope's.
    Ranges clip(const PcAttributes& pc) {
        Ranges clipped;
        for_each_range(unit_, pc, [&](AddressRange range) {
            for (const AddressRange& outer : scopes_.back().ranges) {
                const auto low = std::max(range.low, outer.low);
                const auto high = std::min(range.high, outer.high);
                if (low < high) clipped.push_back({low, high});
            }
            range_count_ += 1 + clipped.size() / 64;
            return range_count_ <= kMostRanges;
        });
        return clipped;
    }

    void enter_inlined() {
        InlineNode node{.call = {}, .depth = scopes_.back().depth, .ranges = {}};
        node.ranges = clip(walk_.pc());
        if (node.ranges.empty()) return walk_.skip_tree();
        node.call.die = walk_.offset();
        const bool children = walk_.has_children();
        walk_.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
            node.call.set(spec.name, value);
        });
        range_count_ += node.ranges.size();
        if (children) scopes_.push_back({node.ranges, node.depth + 1});
        nodes_.push_back(std::move(node));
    }

    void enter_block() {
        if (!walk_.has_children()) return walk_.skip_attributes();
        const PcAttributes pc = walk_.pc();
        Ranges ranges = pc ? clip(pc) : scopes_.back().ranges;
        range_count_ += ranges.size();
        if (ranges.empty()) return walk_.skip_tree();
        walk_.skip_attributes();
        scopes_.push_back({std::move(ranges), scopes_.back().depth});
    }

    const Unit& unit_;
    DieWalk walk_;
    std::vector<Scope> scopes_;
    std::vector<InlineNode> nodes_;
    std::size_t range_count_ = 0;
};

}  // namespace

std::optional<std::vector<InlineNode>> inline_tree(const Unit& unit,
                                                   const AbbreviationTable& abbreviations,
                                                   std::uint64_t function, AddressRange within) {
    TreeWalk walk(unit, abbreviations, function, within);
    if (!walk.run()) return std::nullopt;
    return walk.take();
}

}  // namespace symline::dwarf
