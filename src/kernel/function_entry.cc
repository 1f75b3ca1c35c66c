#include "kernel/function_entry.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace symline::kernel {
namespace {

/// Nops in front of a function's DIE. The kernel has two on arm64, four on riscv.
constexpr std::uint64_t kMaxNops = 64;

bool has_die(const Lookup& lookup) {
    return !lookup.frames.empty() && lookup.frames.back().name_source == NameSource::dwarf;
}

bool same_line(const Lookup& one, const Lookup& other) {
    if (one.frames.empty() || other.frames.empty()) return false;
    const SourceLocation& first = one.frames.front().location;
    const SourceLocation& second = other.frames.front().location;
    return first.file == second.file && first.line == second.line;
}

/// Whether the line at the place is of the function before: a row of its own may have been written
/// where that ends.
bool is_of_function_before(const Module& module, const SymbolPlace& place, const Lookup& found) {
    if (found.frames.empty() || found.frames.front().location.file.empty()) return true;
    if (place.start.value == 0) return false;
    const auto before = module.lookup(FileAddress{place.start.value - 1});
    if (!before || before->frames.empty()) return false;
    return same_line(*before, found);
}

/// Whether a DIE before the symbol has the line that the place has, with nothing but that line
/// between the two: padding, and what stands in front of functions ("__pfx_", "__cfi_").
bool runs_over(const Module& module, const SymbolPlace& place, const Lookup& found) {
    if (found.frames.empty() || found.frames.front().location.file.empty()) return false;
    for (std::uint64_t back = 1; back <= std::min(kMaxNops, place.start.value); ++back) {
        const auto before = module.lookup(FileAddress{place.start.value - back});
        if (!before || before->frames.empty()) return false;
        if (!same_line(*before, found)) return false;
        if (has_die(*before)) return true;
    }
    return false;
}

/// Whether the code at `address` is of a symbol that begins after the place's own: entries of a
/// jump table of CFI are larger by the symbol table than they are, and overlap what follows.
bool is_of_next_symbol(const Module& module, const SymbolPlace& place, FileAddress address) {
    const auto symbol = module.symbols().at(address);
    return symbol && *symbol && (*symbol)->address > place.start;
}

/// Where the first DIE after the place, which has none, begins within the symbol.
std::optional<FileAddress> first_die(const Module& module, const SymbolPlace& place) {
    const std::uint64_t end = place.start.value + std::min(place.size, kMaxNops);
    for (std::uint64_t at = place.address.value + 1; at < end; ++at) {
        const auto lookup = module.lookup(FileAddress{at});
        if (!lookup) return std::nullopt;
        if (!has_die(*lookup)) continue;
        if (is_of_next_symbol(module, place, FileAddress{at})) return std::nullopt;
        return FileAddress{at};
    }
    return std::nullopt;
}

/// Where the first row of the symbol itself begins, which has no DIE, after that of the function
/// before, which runs over its start: gcc folds functions alike without one (-fipa-icf).
std::optional<FileAddress> first_row(const Module& module, const SymbolPlace& place,
                                     const SourceLocation& before) {
    const std::uint64_t end = place.start.value + std::min(place.size, kMaxNops);
    for (std::uint64_t at = place.address.value + 1; at < end; ++at) {
        const auto lookup = module.lookup(FileAddress{at});
        if (!lookup || lookup->frames.empty()) return std::nullopt;
        const SourceLocation& here = lookup->frames.front().location;
        if (here.file == before.file && here.line == before.line) continue;
        if (here.line == 0 || is_of_next_symbol(module, place, FileAddress{at}))
            return std::nullopt;
        return FileAddress{at};
    }
    return std::nullopt;
}

}  // namespace

EntryLookup look_up(const Module& module, const SymbolPlace& place, Detail detail) {
    EntryLookup found{module.lookup(place.address, detail)};
    const bool inside = place.address.value - place.start.value < std::min(place.size, kMaxNops);
    if (!found.lookup || has_die(*found.lookup) || !inside) return found;
    auto start = first_die(module, place);
    if (!start && runs_over(module, place, *found.lookup)) {
        SourceLocation& location = found.lookup->frames.front().location;
        start = first_row(module, place, location);
        if (!start) location = {};
    }
    if (!start || !is_of_function_before(module, place, *found.lookup)) return found;
    auto at_start = module.lookup(*start, detail);
    if (!at_start) return found;
    return {std::move(at_start), true};
}

bool runs_beyond(const Module& module, const SymbolPlace& place, const Lookup& found) {
    if (found.frames.empty()) return true;
    if (has_die(found) || place.address.value < place.start.value + place.size) return false;
    if (found.frames.front().location.file.empty()) return true;
    const auto before = module.lookup(FileAddress{place.address.value - 1});
    return before && same_line(*before, found);
}

}  // namespace symline::kernel
