#include "dwarf/inline_tree.h"

#include <algorithm>
#include <utility>

#include "dwarf/inline_walk.h"
#include "dwarf/innermost_calls.h"

namespace symline::dwarf {
namespace {

constexpr std::size_t kMaxDepth = 1024;
constexpr std::size_t kMaxRanges = std::size_t{1} << 20;

class TreeWalk {
public:
    TreeWalk(const Unit& unit, const AbbreviationTable& abbreviations, std::uint64_t function,
             AddressRange within)
        : unit_(unit),
          walk_(unit, abbreviations, function),
          start_(function),
          nests_(nests_ranges(unit)) {
        tree_.ranges.push_back(within);
        scopes_.push_back({.first_range = 0, .range_count = 1, .depth = 1});
    }

    /// False when it gave up.
    bool run() {
        if (walk_.next() != DieWalk::Step::die || !walk_.has_children()) return !walk_.damaged();
        walk_.skip_attributes();
        return walk_scopes(walk_, *this) && scopes_.empty() && nest();
    }

    // For walk_scopes().
    bool more() const { return !scopes_.empty() && tree_.ranges.size() + passed_ <= kMaxRanges; }
    void leave() {
        const std::uint32_t node = scopes_.back().node;
        if (node != kNone) tree_.nodes[node].after = next_node();
        scopes_.pop_back();
    }
    /// The unit may end before its lists do.
    bool end() {
        if (walk_.damaged()) return false;
        while (!scopes_.empty()) leave();
        return true;
    }
    bool enter(ScopeKind kind) {
        if (scopes_.size() > kMaxDepth) return false;
        switch (kind) {
            case ScopeKind::inlined: enter_inlined(); break;
            case ScopeKind::block: enter_block(); break;
            case ScopeKind::other: walk_.skip_tree(); break;
        }
        return true;
    }

    /// Bytes of DIEs, and the ranges looked at.
    std::uint64_t passed() const { return walk_.offset() - start_ + passed_; }
    InlineTree take() { return std::move(tree_); }

private:
    static constexpr std::uint32_t kNone = ~0U;

    /// A list of children whose end was not reached yet.
    struct Scope {
        std::uint32_t first_range, range_count;
        std::uint32_t depth;         ///< of what is inlined here
        std::uint32_t node = kNone;  ///< whose list it is; a block has none
    };

    std::uint32_t next_node() const { return static_cast<std::uint32_t>(tree_.nodes.size()); }
    std::uint32_t next_range() const { return static_cast<std::uint32_t>(tree_.ranges.size()); }

    bool nest() {
        if (nests_) return true;
        auto nested = nested_by_innermost(tree_, kMaxRanges, passed_);
        if (nested) tree_ = *std::move(nested);
        return nested.has_value();
    }

    /// Appends the overlap of a DIE's ranges and the scope's, or where they need not nest the
    /// function's. Returns how many ranges that are.
    std::uint32_t clip(const PcAttributes& pc) {
        const std::uint32_t first = next_range();
        const Scope& scope = nests_ ? scopes_.back() : scopes_.front();
        for_each_range(unit_, pc, [&](AddressRange range) {
            for (std::uint32_t i = 0; i < scope.range_count; ++i) {
                const AddressRange outer = tree_.ranges[scope.first_range + i];
                const auto low = std::max(range.low, outer.low);
                const auto high = std::min(range.high, outer.high);
                if (low < high) tree_.ranges.push_back({low, high});
            }
            passed_ += 1 + scope.range_count / 64;
            return tree_.ranges.size() + passed_ <= kMaxRanges;
        });
        return next_range() - first;
    }

    void enter_inlined() {
        InlineNode node;
        node.depth = scopes_.back().depth;
        node.first_range = next_range();
        node.call.die = walk_.offset();
        const bool children = walk_.has_children();
        PcAttributes pc;
        walk_.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
            node.call.set(spec.name, value);
            pc.set(spec.name, value);
        });
        node.range_count = clip(pc);
        if (node.range_count == 0 && nests_) return walk_.skip_below();
        const std::uint32_t number = next_node();
        node.after = number + 1;
        if (children)
            scopes_.push_back({node.first_range, node.range_count, node.depth + 1, number});
        tree_.nodes.push_back(node);
    }

    void enter_block() {
        if (!walk_.has_children()) return walk_.skip_attributes();
        Scope inner = scopes_.back();
        inner.node = kNone;
        if (const PcAttributes pc = walk_.pc(); pc && nests_) {
            inner.first_range = next_range();
            inner.range_count = clip(pc);
        }
        if (inner.range_count == 0 && nests_) return walk_.skip_tree();
        walk_.skip_attributes();
        scopes_.push_back(inner);
    }

    const Unit& unit_;
    DieWalk walk_;
    std::uint64_t start_;
    bool nests_;
    std::vector<Scope> scopes_;
    InlineTree tree_;
    std::size_t passed_ = 0;  ///< ranges looked at, those outside too
};

}  // namespace

std::optional<InlineTree> inline_tree(const Unit& unit, const AbbreviationTable& abbreviations,
                                      std::uint64_t function, AddressRange within,
                                      std::uint64_t* passed) {
    TreeWalk walk(unit, abbreviations, function, within);
    const bool whole = walk.run();
    if (passed != nullptr) *passed = walk.passed();
    if (!whole) return std::nullopt;
    return walk.take();
}

}  // namespace symline::dwarf
