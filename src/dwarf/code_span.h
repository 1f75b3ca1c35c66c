// An interval of code as the index of a file stores it: one outermost function, or none, and every
// line row and inlined call in it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dwarf/ranges.h"
#include "symline/frame.h"

namespace symline::dwarf {

struct CodeSpan {
    enum class Kind {
        function,   ///< `outermost` has its names; the rows and calls are complete
        rows,       ///< no function, but line rows
        nothing,    ///< neither
        undecided,  ///< what holds differs from address to address: ask for each
    };
    struct Row {
        std::uint64_t address = 0;
        SourceLocation location;
        bool present = true;  ///< false: no row from here to the next one
    };
    struct Call {
        std::uint32_t depth = 1;
        std::string_view name, linkage_name;
        SourceLocation site;
        std::vector<AddressRange> ranges;
    };

    Kind kind = Kind::nothing;
    Frame outermost;
    /// False when the symbol table may name parts of the span differently.
    bool names_decided = true;
    std::vector<Row> rows;    ///< by address, the first at the span's low end
    std::vector<Call> calls;  ///< in preorder (see inline_tree)
};

}  // namespace symline::dwarf
