// The part of SymbolTable that answers for addresses: which symbol is there, and how long it is.
#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/radix_sort.h"
#include "elf/symbol_table.h"

namespace symline::elf {
namespace {

namespace ELF = llvm::ELF;

/// Real symbols nest a few levels deep. Where all of a crafted table overlap, or begin at one
/// address, each of many lookups would read all of it.
constexpr int kMostOverlaps = 4096;

/// Names that an assembler or a compiler makes for itself: kallsyms leaves them out.
bool is_mapping_symbol(std::string_view name) {
    return name.starts_with(".L") || name.starts_with("L0") || name.starts_with("$");
}

int binding_rank(SymbolBinding binding) {
    switch (binding) {
        case SymbolBinding::global:
        case SymbolBinding::unique: return 0;
        case SymbolBinding::weak: return 1;
        default: return 2;
    }
}

bool is_function(const Symbol& symbol) {
    return symbol.type == SymbolType::function || symbol.type == SymbolType::ifunc;
}

/// The stated preference among aliases, as a key whose smallest value wins.
auto preference(const Symbol& symbol) {
    return std::tuple(binding_rank(symbol.binding), !is_function(symbol),
                      symbol.name.starts_with("__pfx_"), symbol.name);
}

/// Whether symbols of a type name the code or data at an address.
bool names_a_place(std::uint8_t info) {
    switch (info & 15) {
        case ELF::STT_SECTION:
        case ELF::STT_FILE:
        case ELF::STT_COMMON:
        case ELF::STT_TLS: return false;
        default: return true;
    }
}

/// The first address behind a symbol; the last of all where it would be beyond that.
std::uint64_t end_behind(std::uint64_t low, std::uint64_t size) {
    return size > UINT64_MAX - low ? UINT64_MAX : low + size;
}

/// The better of two aliases.
void prefer(std::optional<Symbol>& chosen, const Symbol& candidate) {
    if (candidate.name.empty()) return;  // a damaged one
    if (!chosen || preference(candidate) < preference(*chosen)) chosen = candidate;
}

}  // namespace

/// The index of code has a third of a kernel's symbols, and is what most questions need.
SymbolTable::AddressIndex& SymbolTable::addresses_around(std::uint64_t address) const {
    if (!file_->is_code(address)) return all_addresses();
    if (!code_.built) build(code_, true);
    return code_;
}

SymbolTable::AddressIndex& SymbolTable::all_addresses() const {
    if (!all_.built) build(all_, false);
    return all_;
}

void SymbolTable::build(AddressIndex& index, bool code_only) const {
    struct Place {
        std::uint64_t low, size;
        bool executable;
    };
    std::vector<Place> places;
    std::uint64_t lowest = UINT64_MAX, highest = 0;
    for (const Section& section : file_->sections()) {
        const Place& place =
            places.emplace_back(Place{section.address.value, section.size, section.executable()});
        if (code_only ? !place.executable : !section.allocated()) continue;
        lowest = std::min(lowest, place.low);
        highest = std::max(highest, place.low + place.size);
    }
    index.built = true;
    index.sized = SizedSymbols(lowest, highest, count_);
    const bool relocatable = file_->relocatable();
    const bool arm = file_->machine() == ELF::EM_ARM;
    const auto collect = [&](auto stride, auto big) {
        const std::uint8_t* at = entries_.data();
        for (std::uint32_t i = 0; i < count_; ++i, at += stride()) {
            const Entry raw = decode(at, stride, big);
            const auto section = names_a_place(raw.info) ? section_of(raw, i) : std::nullopt;
            if (!section) continue;
            const Place& place = places[*section];
            std::uint64_t low = arm && is_thumb(raw) ? raw.value & ~std::uint64_t{1} : raw.value;
            if (relocatable) low += place.low;
            // Linker scripts make symbols that name another section than the one they are in.
            const bool inside = low - place.low < place.size;
            if (code_only && !place.executable && (inside || !file_->is_code(low))) continue;
            if (raw.size == 0) {
                if (has_place_name(raw)) index.labels.push_back({low, i});
            } else {
                // Most symbols are such ones, and their names are far away: they are looked at when
                // one is to be the answer.
                index.sized.add(i, low, end_behind(low, raw.size));
            }
        }
    };
    in_form(collect);
    index.sized.finish();
    base::radix_sort(index.labels, [](const Label& each) { return each.low; });
}

/// What build() found of a symbol.
SymbolTable::Extent SymbolTable::extent(std::uint32_t index) const {
    const Entry raw = entry(index);
    std::uint64_t low = is_thumb(raw) ? raw.value & ~std::uint64_t{1} : raw.value;
    if (file_->relocatable()) low += file_->sections()[*section_of(raw, index)].address.value;
    return {low, end_behind(low, raw.size)};
}

/// Whether a symbol has a name, and not one that an assembler made for itself.
bool SymbolTable::has_place_name(const Entry& entry) const {
    const base::Bytes name = base::tail(strings_, entry.name);
    if (name.empty() || name[0] == 0) return false;
    return !is_mapping_symbol(
        {reinterpret_cast<const char*>(name.data()), std::min<std::size_t>(name.size(), 2)});
}

/// Where labels at `low` end, unless their section does before: at the next symbol, or at the end
/// of the symbol around them.
std::uint64_t SymbolTable::end_of_labels(AddressIndex& index, std::uint64_t low) const {
    std::uint64_t end = UINT64_MAX;
    const auto next = std::ranges::upper_bound(index.labels, low, {}, &Label::low);
    if (next != index.labels.end()) end = std::min(end, next->low);
    std::uint32_t number = index.sized.count_up_to(low, extents());
    for (int tries = 0; number < index.sized.size() && tries < kMostOverlaps; ++tries, ++number) {
        if (has_place_name(entry(index.sized.at(number, extents()).index))) break;
    }
    if (number < index.sized.size()) end = std::min(end, index.sized.at(number, extents()).low);
    if (const auto around = sized_at(index, low)) {
        end = std::min(end, around->address.value + around->size);
    }
    return end;
}

std::uint64_t SymbolTable::end_of_section(const Label& label) const {
    const Section& section = file_->sections()[*section_of(entry(label.index), label.index)];
    return std::max(section.address.value + section.size, label.low);
}

std::optional<Symbol> SymbolTable::sized_at(AddressIndex& index, std::uint64_t address) const {
    std::uint32_t number = index.sized.count_up_to(address, extents());
    std::optional<Symbol> chosen;
    for (int tries = 0; number-- != 0 && tries < kMostOverlaps; ++tries) {
        const auto& each = index.sized.at(number, extents());
        if (address >= each.highest) break;
        if (chosen && each.low < chosen->address.value) break;
        if (address < each.end && has_place_name(entry(each.index))) {
            prefer(chosen, symbol(each.index));
        }
    }
    return chosen;
}

/// None but the last ones can reach to the address: a label ends where the next one begins.
std::optional<Symbol> SymbolTable::label_at(AddressIndex& index, std::uint64_t address,
                                            Labels which) const {
    const auto after = std::ranges::upper_bound(index.labels, address, {}, &Label::low);
    if (after == index.labels.begin()) return std::nullopt;
    const std::uint64_t low = std::prev(after)->low;
    // A label on or inside of a sized symbol says nothing about what follows that symbol.
    if (which == Labels::outside_of_sized && sized_at(index, low)) return std::nullopt;
    if (address >= end_of_labels(index, low)) return std::nullopt;
    std::optional<Symbol> chosen;
    const auto first =
        after - std::min<std::ptrdiff_t>(after - index.labels.begin(), kMostOverlaps);
    for (auto each = after; each != first && std::prev(each)->low == low; --each) {
        const Label& label = *std::prev(each);
        if (address < end_of_section(label)) prefer(chosen, symbol(label.index));
    }
    return chosen;
}

std::optional<Symbol> SymbolTable::at(FileAddress address) const {
    if (last_address_ != address.value) {
        last_symbol_ = find_at(address.value);
        last_address_ = address.value;
    }
    return last_symbol_;
}

std::optional<Symbol> SymbolTable::find_at(std::uint64_t address) const {
    AddressIndex& index = addresses_around(address);
    // A label inside of a function does not hide the function: sized symbols come first.
    if (auto found = sized_at(index, address)) return found;
    // Where functions are left out, what follows a label may be of one of them.
    return full_ ? label_at(index, address, Labels::outside_of_sized) : std::nullopt;
}

std::optional<Symbol> SymbolTable::label(FileAddress address) const {
    AddressIndex& index = addresses_around(address.value);
    if (full_) {
        if (auto found = label_at(index, address.value, Labels::any)) return found;
    }
    return sized_at(index, address.value);
}

std::uint64_t SymbolTable::unchanged_until(FileAddress address) const {
    AddressIndex& index = addresses_around(address.value);
    std::uint64_t until = UINT64_MAX;
    const auto take = [&](std::uint64_t boundary) {
        if (boundary > address.value) until = std::min(until, boundary);
    };
    std::uint32_t number = index.sized.count_up_to(address.value, extents());
    if (number < index.sized.size()) take(index.sized.at(number, extents()).low);
    for (int tries = 0; number-- != 0; ++tries) {
        const auto& each = index.sized.at(number, extents());
        if (address.value >= each.highest) break;
        if (tries == kMostOverlaps) return address.value + 1;
        take(each.end);
    }
    const auto label = std::ranges::upper_bound(index.labels, address.value, {}, &Label::low);
    if (label != index.labels.end()) take(label->low);
    if (label == index.labels.begin()) return until;
    const std::uint64_t low = std::prev(label)->low;
    take(end_of_labels(index, low));
    const auto first =
        label - std::min<std::ptrdiff_t>(label - index.labels.begin(), kMostOverlaps);
    for (auto at = label; at != first && std::prev(at)->low == low; --at) {
        take(end_of_section(*std::prev(at)));
    }
    return until;
}

void SymbolTable::add_boundaries(std::vector<std::uint64_t>& found) const {
    AddressIndex& index = all_addresses();
    for (std::uint32_t number = 0; number < index.sized.size(); ++number) {
        const auto& each = index.sized.at(number, extents());
        found.push_back(each.low);
        found.push_back(each.end);
    }
    std::optional<std::uint64_t> low;
    std::uint64_t end = 0;
    for (const Label& each : index.labels) {
        if (std::exchange(low, each.low) != each.low) end = end_of_labels(index, each.low);
        found.push_back(each.low);
        found.push_back(std::min(end, end_of_section(each)));
    }
}

std::uint64_t SymbolTable::kallsyms_size(const Symbol& symbol) const {
    if (!symbol.section) return 0;
    if (!full_ && symbol.size != 0) return symbol.size;
    const Section& section = file_->sections()[*symbol.section];
    const std::uint64_t base = file_->relocatable() ? 0 : section.address.value;
    const std::uint64_t room = section.size - (symbol.value - base);
    const std::uint64_t farthest = symbol.value - base <= section.size ? room : 0;
    if (size_scans_ < kMostScans) {
        ++size_scans_;
        return scan_for_size(symbol, farthest);
    }
    build_size_index();
    const std::uint64_t first = symbol.value + std::max<std::uint64_t>(symbol.size, 1);
    const auto next = std::ranges::lower_bound(starts_, Start{*symbol.section, first});
    const bool found =
        next != starts_.end() && next->section == *symbol.section && first > symbol.value;
    return found ? std::min(farthest, next->value - symbol.value) : farthest;
}

void SymbolTable::build_size_index() const {
    if (!starts_.empty()) return;
    for (std::uint32_t i = 0; i < count_; ++i) {
        const Symbol each = symbol(i);
        if (each.section && !is_mapping_symbol(each.name)) {
            starts_.push_back({*each.section, each.value});
        }
    }
    std::ranges::sort(starts_);
}

std::uint64_t SymbolTable::scan_for_size(const Symbol& symbol, std::uint64_t nearest) const {
    const std::uint64_t low = std::max<std::uint64_t>(symbol.size, 1);
    const bool arm = file_->machine() == ELF::EM_ARM;
    const auto search = [&](auto stride, auto big) {
        using Value = std::conditional_t<stride() == kEntry64, std::uint64_t, std::uint32_t>;
        const auto* at = entries_.data() + (stride() == kEntry64 ? 8 : 4);
        for (std::uint32_t i = 0; i < count_; ++i, at += stride()) {
            std::uint64_t value = base::load<Value>(at, big());
            if (arm && is_thumb(entry(i))) value &= ~std::uint64_t{1};
            const std::uint64_t distance = value - symbol.value;
            if (distance < low || distance >= nearest || value < symbol.value) continue;
            const Entry other = entry(i);
            if (section_of(other, i) != symbol.section) continue;
            if (!is_mapping_symbol(base::string_at(strings_, other.name))) nearest = distance;
        }
    };
    in_form(search);
    return nearest;
}

}  // namespace symline::elf
