// One function that was read as a whole, because address after address in it is asked for: every
// row and inlined call, from which an address takes a search or two.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dwarf/inline_tree.h"
#include "dwarf/line_table.h"
#include "dwarf/unit_table.h"
#include "symline/frame.h"

namespace symline::dwarf {

class KnownFunction {
public:
    /// A row, and the address from which on it counts: up to the next one, which differs.
    struct Row {
        std::uint64_t from = 0;
        bool present = false;  ///< false: there is none
        LineRow row;
    };
    /// What is known of an inlined call besides its node. It is filled when it is first needed.
    struct Call {
        bool filled = false;
        Frame frame;  ///< of the function, without the location
        SourceLocation site;
    };

    /// Reads the function whose DIE is at `function` in `unit`, as far as it is in `within`, where
    /// no other function may be. False when that cannot be done: see inline_tree() and
    /// LineTable::rows_between(). `unit` must outlive the next clear().
    bool read(LoadedUnit& unit, std::uint64_t function, AddressRange within);
    void clear() { range_ = {}; }

    bool holds(std::uint64_t address) const { return range_.contains(address); }
    LoadedUnit& unit() const { return *unit_; }
    /// For the caller to fill: the function itself, without a location.
    Frame outermost;

    /// What is at an address that it holds.
    struct Answer {
        const Row* row;
        const std::vector<std::uint32_t>* chain;  ///< numbers of inlined calls, outermost first
        std::uint64_t until;                      ///< up to where all of it is the same
    };
    /// Valid until the next one.
    Answer at(std::uint64_t address);
    const InlineNode& node(std::uint32_t number) const { return tree_.nodes[number]; }
    Call& call(std::uint32_t number) { return calls_[number]; }

private:
    /// What is asked of every node, apart from what is asked of few.
    struct Extent {
        AddressRange whole;  ///< from its first address to its last one
        std::uint32_t after = 0;
        bool gaps = false;  ///< it has several ranges
    };

    void set_extents();
    bool node_holds(std::uint32_t number, std::uint64_t address, std::uint64_t& until) const;

    AddressRange range_;  ///< empty: nothing is known
    LoadedUnit* unit_ = nullptr;
    std::vector<Row> rows_;
    InlineTree tree_;
    std::vector<Extent> extents_;  ///< of the tree's nodes
    std::vector<Call> calls_;      ///< of the tree's nodes
    std::vector<std::uint32_t> chain_;
};

}  // namespace symline::dwarf
