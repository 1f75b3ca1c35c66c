#include "kernel/kernel_symbols.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <tuple>
#include <utility>

#include "elf/lto_suffix.h"

namespace symline::kernel {
namespace {

constexpr std::uint32_t kNone = UINT32_MAX;

/// As kallsyms leaves them out.
bool is_mapping_symbol(std::string_view name) {
    return name.empty() || name.starts_with(".L") || name.starts_with("L0") || name[0] == '$';
}

bool names_a_place(const Symbol& symbol) {
    return symbol.section && symbol.type != SymbolType::section &&
           symbol.type != SymbolType::file && !is_mapping_symbol(symbol.name);
}

}  // namespace

KernelSymbols::KernelSymbols(const Module& module) : module_(module) {
    if (auto all = module.symbols().all()) symbols_ = std::move(*all);
    std::erase_if(symbols_, [](const Symbol& symbol) { return !names_a_place(symbol); });
    first_.assign(std::bit_ceil(symbols_.size() + 1), kNone);
    next_.resize(symbols_.size());
    // From the last, so that chains run in symbol table order.
    for (auto i = static_cast<std::uint32_t>(symbols_.size()); i-- > 0;) {
        auto& head = first_[bucket(symbols_[i].name)];
        next_[i] = std::exchange(head, i);
    }
}

std::size_t KernelSymbols::bucket(std::string_view name) const {
    return std::hash<std::string_view>{}(name) & (first_.size() - 1);
}

std::vector<const Symbol*> KernelSymbols::named(std::string_view name) const {
    std::vector<const Symbol*> found;
    for (auto i = first_[bucket(name)]; i != kNone; i = next_[i]) {
        if (symbols_[i].name == name) found.push_back(&symbols_[i]);
    }
    return found;
}

std::vector<const Symbol*> KernelSymbols::cut_to(std::string_view name) const {
    if (!std::exchange(found_cut_names_, true)) find_cut_names();
    std::vector<const Symbol*> found;
    const std::uint64_t hash = std::hash<std::string_view>{}(name);
    for (const Cut& each : std::ranges::equal_range(cut_names_, hash, {}, &Cut::hash)) {
        const Symbol& symbol = symbols_[each.symbol];
        if (elf::is_cut_from(name, symbol.name)) found.push_back(&symbol);
    }
    return found;
}

void KernelSymbols::find_cut_names() const {
    for (std::uint32_t i = 0; i < symbols_.size(); ++i) {
        if (symbols_[i].type != SymbolType::function) continue;
        elf::for_each_cut(symbols_[i].name, [&](std::string_view cut) {
            cut_names_.push_back({std::hash<std::string_view>{}(cut), i});
        });
    }
    std::ranges::sort(cut_names_);
}

void KernelSymbols::order_by_address() const {
    if (!by_address_.empty() || symbols_.empty()) return;
    by_address_.resize(symbols_.size());
    for (std::uint32_t i = 0; i < by_address_.size(); ++i) by_address_[i] = i;
    std::ranges::sort(by_address_, [this](std::uint32_t a, std::uint32_t b) {
        return std::tuple(symbols_[a].address.value, a) < std::tuple(symbols_[b].address.value, b);
    });
}

std::uint64_t KernelSymbols::size(const Symbol& symbol) const {
    return distance_to_next(symbol, symbol.size);
}

std::uint64_t KernelSymbols::printed_size(const Symbol& symbol) const {
    return distance_to_next(symbol, 1);
}

/// To the section's end where no symbol of the section is as far away.
std::uint64_t KernelSymbols::distance_to_next(const Symbol& symbol,
                                              std::uint64_t min_distance) const {
    order_by_address();
    const auto value = [this](std::uint32_t i) { return symbols_[i].address.value; };
    const std::uint64_t low = symbol.address.value;
    for (auto at = std::ranges::upper_bound(by_address_, low, {}, value); at != by_address_.end();
         ++at) {
        const Symbol& next = symbols_[*at];
        if (next.section != symbol.section) break;
        if (next.address.value - low >= min_distance) return next.address.value - low;
    }
    const auto place = module_.sections().offset_of(symbol.address);
    return place ? place->section->size - place->offset : 0;
}

const Symbol* KernelSymbols::starting_at(FileAddress address) const {
    order_by_address();
    const auto value = [this](std::uint32_t i) { return symbols_[i].address.value; };
    const Symbol* best = nullptr;
    const auto rank = [](const Symbol& symbol) {
        return (symbol.type == SymbolType::function ? 0 : 2) +
               (symbol.name.starts_with("__pfx_") ? 1 : 0);
    };
    for (auto at = std::ranges::lower_bound(by_address_, address.value, {}, value);
         at != by_address_.end() && value(*at) == address.value; ++at) {
        if (best == nullptr || rank(symbols_[*at]) < rank(*best)) best = &symbols_[*at];
    }
    return best;
}

}  // namespace symline::kernel
