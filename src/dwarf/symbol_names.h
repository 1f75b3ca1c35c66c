// What DWARF asks of the symbol table: names, where debug information alone does not decide.
#pragma once

#include <cstdint>
#include <string_view>

namespace symline::dwarf {

/// Names are empty where there is none.
struct Label {
    std::string_view name;
    std::uint64_t address = 0;
};

class SymbolNames {
public:
    virtual ~SymbolNames() = default;
    /// Of the symbol that holds an address (ModuleSymbols::at).
    virtual std::string_view holding(std::uint64_t address) = 0;
    /// The last symbol or label at or before an address.
    virtual Label label(std::uint64_t address) = 0;
};

}  // namespace symline::dwarf
