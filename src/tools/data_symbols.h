// The symbol that llvm-symbolizer shows for an address of data.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "symline/symbol.h"

namespace symline::tools {

/// A symbol of code or data in a section.
struct DataSymbol {
    FileAddress address;
    std::uint64_t value = 0;  ///< st_value: in ET_REL an offset in its section
    std::uint64_t size = 0;
    std::string_view name;
    std::string_view file;  ///< of a local symbol: the source file that the symbol table names
    SymbolType type = SymbolType::none;
};

class DataSymbols {
public:
    /// `all`: those of a module, in the order of its table.
    explicit DataSymbols(const std::vector<Symbol>& all);

    /// Of the symbols that begin where `found` does, the largest; of several the last of the table.
    DataSymbol among_aliases(const Symbol& found) const;
    /// The symbol at an offset of whichever section, as numbers are meant in ET_REL: of several the
    /// object that begins last, else what else does.
    std::optional<DataSymbol> at_offset(std::uint64_t offset) const;

private:
    std::vector<DataSymbol> by_address_;
};

}  // namespace symline::tools
