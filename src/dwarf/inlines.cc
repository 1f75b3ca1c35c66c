#include "dwarf/inlines.h"

#include <utility>

#include "dwarf/inline_walk.h"

namespace symline::dwarf {
namespace {

// Compilers stop inlining long before; a crafted unit of 60 KB could ask for 60,000 frames.
constexpr std::size_t kMaxDepth = 1024;

/// Walks the children of a function's DIE with `scopes`: see walk_scopes().
template <typename Scopes>
void walk_function(const Unit& unit, DieWalk& walk, Scopes& scopes) {
    if (walk.next() != DieWalk::Step::die || !walk.has_children()) return;
    walk.skip_attributes();
    walk_scopes(walk, scopes);
    if (walk.damaged()) unit.sections().note_problem("damaged debug information: a DIE tree");
}

class Descent {
public:
    Descent(const Unit& unit, const AbbreviationTable& abbreviations, std::uint64_t function,
            std::uint64_t address)
        : unit_(unit), walk_(unit, abbreviations, function), address_(address) {}

    std::vector<InlinedSubroutine> run() {
        walk_function(unit_, walk_, *this);
        return std::move(chain_);
    }

    // For walk_scopes().
    bool more() const { return open_ > 0; }
    void leave() { --open_; }
    static bool end() { return false; }
    bool enter(ScopeKind kind) {
        switch (kind) {
            case ScopeKind::inlined: enter_inlined(); break;
            case ScopeKind::block: enter_block(); break;
            case ScopeKind::other: walk_.skip_tree(); break;
        }
        return true;
    }

private:
    /// Goes into an inlined subroutine if it holds the address, else past it.
    void enter_inlined() {
        const auto range = range_holding(unit_, walk_.pc(), address_);
        if (!range || chain_.size() == kMaxDepth) return walk_.skip_tree();
        InlinedSubroutine& inlined = chain_.emplace_back();
        inlined.die = walk_.offset();
        inlined.range = *range;
        open_ = walk_.has_children() ? 1 : 0;
        walk_.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
            inlined.set(spec.name, value);
        });
    }

    /// Goes into a block unless it says that the address is elsewhere.
    void enter_block() {
        if (walk_.has_children() && walk_.has_pc()) {
            const PcAttributes pc = walk_.pc();
            if (pc && !range_holding(unit_, pc, address_)) return walk_.skip_tree();
        }
        if (walk_.has_children()) ++open_;
        walk_.skip_attributes();
    }

    const Unit& unit_;
    DieWalk walk_;
    std::uint64_t address_;
    std::uint64_t open_ = 1;  ///< lists of children not yet ended, below the innermost hit
    std::vector<InlinedSubroutine> chain_;
};

/// Looks at every DIE of the function, for the innermost that holds the address.
class Search {
public:
    Search(const Unit& unit, const AbbreviationTable& abbreviations, std::uint64_t function,
           std::uint64_t address)
        : unit_(unit), walk_(unit, abbreviations, function), address_(address) {}

    std::vector<InlinedSubroutine> run() {
        walk_function(unit_, walk_, *this);
        return std::move(deepest_);
    }

    // For walk_scopes().
    bool more() const { return !lists_.empty(); }
    void leave() {
        if (lists_.back() == ScopeKind::inlined) path_.pop_back();
        lists_.pop_back();
    }
    static bool end() { return false; }
    bool enter(ScopeKind kind) {
        switch (kind) {
            case ScopeKind::inlined: enter_inlined(); break;
            case ScopeKind::block:
                if (walk_.has_children()) lists_.push_back(kind);
                walk_.skip_attributes();
                break;
            case ScopeKind::other: walk_.skip_tree(); break;
        }
        return true;
    }

private:
    void enter_inlined() {
        if (path_.size() == kMaxDepth) return walk_.skip_tree();
        InlinedSubroutine& inlined = path_.emplace_back();
        inlined.die = walk_.offset();
        const bool children = walk_.has_children();
        PcAttributes pc;
        walk_.read_attributes([&](const AttributeSpec& spec, const FormValue& value) {
            inlined.set(spec.name, value);
            pc.set(spec.name, value);
        });
        if (const auto holds = pc ? range_holding(unit_, pc, address_) : std::nullopt) {
            inlined.range = *holds;
            if (path_.size() > deepest_.size()) deepest_ = path_;
        } else {
            for_each_range(unit_, pc, [&](AddressRange range) {
                inlined.range = range;
                return false;
            });
        }
        if (children) {
            lists_.push_back(ScopeKind::inlined);
        } else {
            path_.pop_back();
        }
    }

    const Unit& unit_;
    DieWalk walk_;
    std::uint64_t address_;
    std::vector<ScopeKind> lists_{ScopeKind::block};  ///< of children, not yet ended
    std::vector<InlinedSubroutine> path_;             ///< to where the walk is
    std::vector<InlinedSubroutine> deepest_;
};

}  // namespace

std::vector<InlinedSubroutine> inlined_at(const Unit& unit, const AbbreviationTable& abbreviations,
                                          std::uint64_t function, std::uint64_t address) {
    if (!nests_ranges(unit)) return Search(unit, abbreviations, function, address).run();
    return Descent(unit, abbreviations, function, address).run();
}

}  // namespace symline::dwarf
