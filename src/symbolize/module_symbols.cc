#include "symline/module_symbols.h"

#include <algorithm>

#include "symbolize/module_parts.h"

namespace symline {

Expected<std::vector<Symbol>> ModuleSymbols::all() const {
    return parts_->tables.symbols();
}

Expected<std::vector<Symbol>> ModuleSymbols::named(std::string_view name) const {
    return parts_->tables.symbols_named(name);
}

Expected<std::optional<Symbol>> ModuleSymbols::at(FileAddress address) const {
    return parts_->tables.symbol_at(address);
}

Expected<std::uint64_t> ModuleSymbols::kallsyms_size(const Symbol& symbol) const {
    return parts_->tables.kallsyms_size(symbol);
}

namespace {

/// The size that a kernel's own messages give: the distance to the next symbol at a higher address,
/// also where that one begins inside of this one.
std::uint64_t printed_size(const ModuleSymbols& symbols, Symbol symbol) {
    symbol.size = 0;
    return symbols.kallsyms_size(symbol).value_or(0);
}

SymbolMatch judged(const ModuleSymbols& symbols, const Symbol& symbol, const SymbolOffset& place) {
    SymbolMatch match;
    match.symbol = symbol;
    if (!symbol.section) {
        match.outcome = MatchOutcome::no_section;
        return match;
    }
    match.size = symbols.kallsyms_size(symbol).value_or(symbol.size);
    if (place.size && *place.size != match.size && symbol.size != 0 &&
        *place.size == printed_size(symbols, symbol)) {
        match.size = *place.size;
    }
    match.address = FileAddress{symbol.address.value + place.offset};
    // A negative offset is allowed, so the comparison is a signed one.
    const auto offset = static_cast<std::int64_t>(place.offset);
    if (place.size && *place.size != match.size) {
        match.outcome = MatchOutcome::size_mismatch;
    } else if (offset > 0 && place.offset > match.size) {
        match.outcome = MatchOutcome::offset_too_large;
    }
    return match;
}

bool has_matched(const std::vector<SymbolMatch>& matches) {
    return std::ranges::find(matches, MatchOutcome::matched, &SymbolMatch::outcome) !=
           matches.end();
}

}  // namespace

Expected<std::vector<SymbolMatch>> ModuleSymbols::match(const SymbolOffset& place) const {
    const auto named = this->named(place.name);
    if (!named) return std::unexpected(named.error());
    std::vector<SymbolMatch> matches;
    for (const Symbol& symbol : *named) matches.push_back(judged(*this, symbol, place));
    // Full LTO calls two functions of one name "f" and "f.123": only a size tells which is meant.
    if (has_matched(matches) || (!matches.empty() && !place.size)) return matches;
    std::vector<SymbolMatch> cut;
    for (const Symbol& symbol : parts_->tables.symbols_cut_to(place.name)) {
        cut.push_back(judged(*this, symbol, place));
    }
    return matches.empty() || has_matched(cut) ? cut : matches;
}

}  // namespace symline
