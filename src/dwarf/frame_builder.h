// From DIEs and line rows to the public Frame and SourceLocation: names, joined paths, call sites.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "dwarf/function_match.h"
#include "dwarf/inlines.h"
#include "dwarf/names.h"
#include "dwarf/split_units.h"
#include "dwarf/symbol_names.h"
#include "dwarf/unit_table.h"
#include "symline/frame.h"

namespace symline::dwarf {

class FrameBuilder {
public:
    /// Both must outlive the result.
    FrameBuilder(const SplitUnits& splits, SymbolNames& symbols)
        : splits_(&splits), symbols_(&symbols) {}

    /// The frames at an address in a function, innermost first.
    std::vector<Frame> frames_of(const FunctionMatch& match, std::uint64_t address, Detail detail);

    /// The row of an address; empty when there is none. `ordinal`: see LineTable::at().
    SourceLocation row_location(LoadedUnit& unit, std::uint64_t address, std::size_t ordinal);
    /// Of a row of the unit's own line table.
    SourceLocation location_of(LoadedUnit& unit, const LineRow& row);
    SourceLocation call_site(LoadedUnit& unit, const InlinedSubroutine& call);

    /// The frame of a call that was inlined, without its location.
    Frame inlined_frame(LoadedUnit& unit, const InlinedSubroutine& call, Detail detail);
    /// The frame of the function itself, without its location: its names are completed from the
    /// symbol table where DWARF does not have them.
    Frame outermost_frame(const FunctionMatch& match, std::uint64_t address, Detail detail);

    /// A name that is to stay valid as long as the frames do.
    std::string_view kept(std::string_view name) {
        return splits_->empty() ? name : keep(std::string(name));
    }
    /// Of a DW_AT_decl_file in `unit`.
    void set_declaration_file(LoadedUnit& unit, std::uint64_t index, SourceLocation& location);

private:
    FunctionNames outermost_names(const FunctionMatch& match, std::uint64_t address, Frame& frame);
    void set_names(Frame& frame, const FunctionNames& names, Detail detail);
    void set_file(LoadedUnit& unit, std::uint64_t index, SourceLocation& location);
    std::string_view keep(std::string text);

    const SplitUnits* splits_;
    SymbolNames* symbols_;
    /// What the views in frames point to: joined paths, and names from split files, which do not
    /// stay open. None is ever dropped.
    std::unordered_set<std::string> texts_;
};

}  // namespace symline::dwarf
