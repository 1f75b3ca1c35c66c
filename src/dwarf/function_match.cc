#include "dwarf/function_match.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "dwarf/functions.h"
#include "dwarf/names.h"

namespace symline::dwarf {
namespace {

/// A symbol's name without what a compiler appends to a clone (".cold", ".isra.0", ".llvm.123").
std::string_view without_suffix(std::string_view symbol) {
    const auto dot = symbol.find('.', 1);
    return symbol.substr(0, dot);
}

bool agrees(const FunctionNames& names, std::string_view symbol) {
    const std::string_view own = names.linkage_name.empty() ? names.name : names.linkage_name;
    return !own.empty() && (own == symbol || own == without_suffix(symbol));
}

/// Appends the functions of one unit. Those that start together were folded, and are numbered.
void add_functions(LoadedUnit& unit, ScanDepth depth, std::uint64_t address,
                   std::vector<FunctionMatch>& found) {
    Sections& sections = unit.unit().sections();
    // Two more than may be beside one: that is noticed.
    const auto left = sections.budget().left(Work::overlaps);
    const auto functions = unit.functions(depth).at(address, left + 2);
    if (functions.size() > 1 && !sections.spend(Work::overlaps, functions.size() - 1)) return;
    std::optional<std::uint64_t> low;
    std::size_t ordinal = 0;
    for (const FunctionDie& function : functions) {
        ordinal = function.range.low == low ? ordinal + 1 : 0;
        low = function.range.low;
        found.push_back({&unit, function, ordinal});
    }
    // The last of those that start together knows how many they are.
    for (std::size_t i = found.size(), known = 0; i-- > found.size() - functions.size();) {
        known = std::max(known, found[i].ordinal + 1);
        found[i].folded = known;
        if (found[i].ordinal == 0) known = 0;
    }
}

}  // namespace

std::vector<FunctionMatch> functions_at(const std::vector<LoadedUnit*>& units,
                                        std::uint64_t address, SymbolNames& symbols) {
    std::vector<FunctionMatch> found;
    for (LoadedUnit* unit : units) add_functions(*unit, first_depth(unit->unit()), address, found);
    // The shallow scan does not see a function inside of another one. Padding between functions is
    // the more common reason to find nothing, and has no symbol.
    if (found.empty() && !symbols.holding(address).empty()) {
        for (LoadedUnit* unit : units) add_functions(*unit, ScanDepth::full, address, found);
    }
    return found;
}

FunctionMatch choose_function(const std::vector<FunctionMatch>& candidates, SymbolNames& symbols) {
    if (candidates.size() == 1) return candidates.front();
    // The function that starts last is the innermost. Those that start together were folded into
    // one by the linker: the symbol table says which of them kept its name.
    std::uint64_t low = 0;
    for (const FunctionMatch& match : candidates) low = std::max(low, match.function.range.low);
    const std::string_view symbol = symbols.holding(low);
    const FunctionMatch* first = nullptr;
    for (const FunctionMatch& match : candidates) {
        if (match.function.range.low != low) continue;
        if (first == nullptr) first = &match;
        if (symbol.empty()) break;
        if (agrees(function_names(match.unit->table(), *match.unit, match.function.die), symbol))
            return match;
    }
    return *first;
}

}  // namespace symline::dwarf
