// A cache of one function, the one whose addresses are asked for one after the other: all of its
// rows and inlined calls, decoded once, from which each further address takes two searches.
//
// The plain path reads the DIE tree and runs the line program for each address
// (FrameBuilder::frames_of); a test compares both on every address of every fixture. Without the
// cache, 100,000 random addresses of a kernel take 13 % more time; for 10,000, few of which share
// a function, it makes no difference.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dwarf/frame_builder.h"
#include "dwarf/function_match.h"
#include "dwarf/inline_tree.h"
#include "dwarf/line_table.h"
#include "dwarf/unit_table.h"
#include "symline/frame.h"

namespace symline::dwarf {

/// Frames, and up to which address above the one that was asked for they stay the same; 0 when that
/// is not known.
struct FrameAnswer {
    std::vector<Frame> frames;
    std::uint64_t until = 0;
};

/// The rows and inlined calls of one function, or of a part of it.
class DecodedFunction {
public:
    /// A row, and the address from which on it holds: up to the next one, which differs.
    struct RowInterval {
        std::uint64_t from = 0;
        bool present = false;  ///< false: there is none
        LineRow row;
    };
    /// What is at an address.
    struct Position {
        const RowInterval* row;
        const std::vector<std::uint32_t>* calls;  ///< numbers of inlined calls, outermost first
        std::uint64_t until;                      ///< up to where all of it is the same
    };

    /// Decodes the function whose DIE is at `function` in `unit`, as far as it is in `within`,
    /// where no other function may be. False when that cannot be done: see inline_tree() and
    /// LineTable::rows_between().
    bool read(LoadedUnit& unit, std::uint64_t function, AddressRange within);
    /// Valid until the next one. `address` is one of those that were read.
    Position at(std::uint64_t address);
    const InlineNode& call(std::uint32_t number) const { return tree_.nodes[number]; }
    std::size_t call_count() const { return tree_.nodes.size(); }

private:
    /// What is asked of every node, apart from what is asked of few.
    struct Extent {
        AddressRange whole;  ///< from its first address to its last one
        std::uint32_t after = 0;
        bool gaps = false;  ///< it has several ranges
    };

    void set_extents();
    bool node_holds(std::uint32_t number, std::uint64_t address, std::uint64_t& until) const;

    std::uint64_t high_ = 0;
    std::vector<RowInterval> rows_;
    InlineTree tree_;
    std::vector<Extent> extents_;  ///< of the tree's nodes
    std::vector<std::uint32_t> calls_;
};

class FunctionCache {
public:
    /// Both must outlive the result.
    FunctionCache(UnitTable& units, FrameBuilder& builder) : units_(&units), builder_(&builder) {}

    /// The frames at an address of the cached function; nothing for any other address.
    std::optional<FrameAnswer> at(std::uint64_t address) {
        if (!range_.contains(address)) return std::nullopt;
        return answer(address);
    }
    /// Notes a lookup in a function, and caches it when that is worth it: after a few lookups, or
    /// at once when `next`, an address that will be asked for soon, is in it too. False when the
    /// function is not cached.
    bool learn(const FunctionMatch& match, std::uint64_t address, std::uint64_t next);
    /// To be called before units are evicted: the function's unit may be one of them.
    void clear() { range_ = {}; }

private:
    /// What is known of an inlined call besides its node. It is filled when it is first needed.
    struct CallFrame {
        bool filled = false;
        Frame frame;  ///< without its location
        SourceLocation site;
    };

    bool worth_reading(const FunctionMatch& match, std::uint64_t address, std::uint64_t next);
    std::optional<AddressRange> range_of(const FunctionMatch& match, std::uint64_t address);
    FrameAnswer answer(std::uint64_t address);
    const CallFrame& call_frame(std::uint32_t number);

    UnitTable* units_;
    FrameBuilder* builder_;
    AddressRange range_;  ///< empty: nothing is cached
    LoadedUnit* unit_ = nullptr;
    DecodedFunction function_;
    Frame outermost_;  ///< without its location
    std::vector<CallFrame> calls_;
    std::uint64_t recent_die_ = 0;    ///< of the function of the last lookups,
    std::size_t recent_lookups_ = 0;  ///< and how many those were
};

}  // namespace symline::dwarf
