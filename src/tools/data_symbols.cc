#include "tools/data_symbols.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace symline::tools {
namespace {

bool is_shown(const Symbol& symbol) {
    if (!symbol.section) return false;
    return symbol.type == SymbolType::none || symbol.type == SymbolType::object ||
           symbol.type == SymbolType::function || symbol.type == SymbolType::ifunc;
}

bool is_object(const DataSymbol& symbol) {
    return symbol.type == SymbolType::object;
}

}  // namespace

DataSymbols::DataSymbols(const std::vector<Symbol>& all) {
    std::string_view file;
    for (const Symbol& symbol : all) {
        if (symbol.type == SymbolType::file) file = symbol.name;
        if (!is_shown(symbol)) continue;
        by_address_.push_back({.address = symbol.address,
                               .value = symbol.value,
                               .size = symbol.size,
                               .name = symbol.name,
                               .file = {},
                               .type = symbol.type});
        if (symbol.binding == SymbolBinding::local) by_address_.back().file = file;
    }
    std::ranges::stable_sort(by_address_, [](const DataSymbol& a, const DataSymbol& b) {
        return std::tie(a.address.value, a.size) < std::tie(b.address.value, b.size);
    });
}

DataSymbol DataSymbols::among_aliases(const Symbol& found) const {
    const auto after =
        std::ranges::upper_bound(by_address_, found.address.value, {},
                                 [](const DataSymbol& symbol) { return symbol.address.value; });
    if (after != by_address_.begin() && std::prev(after)->address == found.address) {
        return *std::prev(after);
    }
    return {.address = found.address,
            .value = found.value,
            .size = found.size,
            .name = found.name,
            .file = {},
            .type = found.type};
}

std::optional<DataSymbol> DataSymbols::at_offset(std::uint64_t offset) const {
    const DataSymbol* best = nullptr;
    const auto key = [](const DataSymbol& symbol) {
        return std::tuple(is_object(symbol), symbol.value, symbol.size);
    };
    for (const DataSymbol& symbol : by_address_) {
        const bool holds = offset >= symbol.value && offset - symbol.value < symbol.size;
        if (holds && (best == nullptr || key(*best) <= key(symbol))) best = &symbol;
    }
    return best == nullptr ? std::nullopt : std::optional(*best);
}

}  // namespace symline::tools
