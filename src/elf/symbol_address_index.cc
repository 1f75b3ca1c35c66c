#include "elf/symbol_address_index.h"

#include <llvm/BinaryFormat/ELF.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/radix_sort.h"

namespace symline::elf {
namespace {

namespace ELF = llvm::ELF;

/// Real symbols nest a few levels deep. Where all of a crafted table overlap, or start at one
/// address, each of many lookups would read all of it.
constexpr int kMaxOverlaps = 4096;

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

/// The first address after a symbol; the last of all where it would be beyond that.
std::uint64_t end_of(std::uint64_t low, std::uint64_t size) {
    return size > UINT64_MAX - low ? UINT64_MAX : low + size;
}

/// The better of two aliases.
void prefer(std::optional<Symbol>& chosen, const Symbol& candidate) {
    if (candidate.name.empty()) return;  // a damaged one
    if (!chosen || preference(candidate) < preference(*chosen)) chosen = candidate;
}

}  // namespace

SymbolAddressIndex::SymbolAddressIndex(const SymbolEntries& entries, Content content)
    : entries_(&entries) {
    const bool code_only = content == Content::code;
    std::uint64_t lowest = UINT64_MAX, highest = 0;
    for (const Section& section : entries.file().sections()) {
        if (code_only ? !section.executable() : !section.allocated()) continue;
        lowest = std::min(lowest, section.address.value);
        highest = std::max(highest, section.address.value + section.size);
    }
    sized_ = SizedSymbols(lowest, highest, entries.size());
    add_entries(content);
    sized_.finish();
    base::radix_sort(labels_, [](const Label& each) { return each.low; });
}

void SymbolAddressIndex::add_entries(Content content) {
    struct SectionSpan {
        std::uint64_t low, size;
        bool executable;
    };
    const ElfFile& file = entries_->file();
    std::vector<SectionSpan> spans;
    spans.reserve(file.sections().size());
    for (const Section& section : file.sections()) {
        spans.push_back({section.address.value, section.size, section.executable()});
    }
    const bool code_only = content == Content::code;
    const bool relocatable = file.relocatable();
    const auto collect = [&](auto stride, auto big) {
        const std::uint8_t* at = entries_->data();
        for (std::uint32_t i = 0, count = entries_->size(); i < count; ++i, at += stride()) {
            const SymbolEntries::Entry raw = SymbolEntries::decode(at, stride, big);
            const auto section =
                names_a_place(raw.info) ? entries_->section_of(raw, i) : std::nullopt;
            if (!section) continue;
            const SectionSpan& span = spans[*section];
            std::uint64_t low = entries_->value_of(raw);
            if (relocatable) low += span.low;
            // Linker scripts define symbols that name a section other than the one they are in.
            const bool inside = low - span.low < span.size;
            if (code_only && !span.executable && (inside || !file.is_code(low))) continue;
            if (raw.size == 0) {
                if (has_place_name(raw)) labels_.push_back({low, i});
            } else {
                // Most symbols have a size. Their names are far away in memory, and are checked
                // only for those that may be an answer.
                sized_.add(i, low, end_of(low, raw.size));
            }
        }
    };
    entries_->in_form(collect);
}

/// The same of one symbol as add_entries() computed.
SymbolAddressIndex::Extent SymbolAddressIndex::extent(std::uint32_t index) const {
    const auto raw = entries_->entry(index);
    std::uint64_t low = entries_->value_of(raw);
    if (entries_->file().relocatable()) low += entries_->section(raw, index).address.value;
    return {low, end_of(low, raw.size)};
}

/// Whether a symbol has a name, and not one that an assembler made for itself.
bool SymbolAddressIndex::has_place_name(const SymbolEntries::Entry& entry) const {
    const std::string_view start = entries_->name_start(entry, 2);
    return !start.empty() && start[0] != '\0' && !is_mapping_symbol(start);
}

/// Where labels at `low` end, unless their section does before: at the next symbol, or at the end
/// of the symbol around them.
std::uint64_t SymbolAddressIndex::end_of_labels(std::uint64_t low) {
    std::uint64_t end = UINT64_MAX;
    const auto next = std::ranges::upper_bound(labels_, low, {}, &Label::low);
    if (next != labels_.end()) end = std::min(end, next->low);
    std::uint32_t number = sized_.count_up_to(low, extents());
    for (int tries = 0; number < sized_.size() && tries < kMaxOverlaps; ++tries, ++number) {
        if (has_place_name(entries_->entry(sized_.at(number, extents()).index))) break;
    }
    if (number < sized_.size()) end = std::min(end, sized_.at(number, extents()).low);
    if (const auto around = sized_at(low))
        end = std::min(end, around->address.value + around->size);
    return end;
}

std::uint64_t SymbolAddressIndex::end_of_section(const Label& label) const {
    const Section& section = entries_->section(entries_->entry(label.index), label.index);
    return std::max(section.address.value + section.size, label.low);
}

std::optional<Symbol> SymbolAddressIndex::sized_at(std::uint64_t address) {
    std::uint32_t number = sized_.count_up_to(address, extents());
    std::optional<Symbol> chosen;
    for (int tries = 0; number-- != 0 && tries < kMaxOverlaps; ++tries) {
        const auto& each = sized_.at(number, extents());
        if (address >= each.highest) break;
        if (chosen && each.low < chosen->address.value) break;
        if (address < each.end && has_place_name(entries_->entry(each.index))) {
            prefer(chosen, entries_->symbol(each.index));
        }
    }
    return chosen;
}

/// Only the last labels before the address can reach it: a label ends where the next one begins.
std::optional<Symbol> SymbolAddressIndex::label_at(std::uint64_t address, Labels which) {
    const auto after = std::ranges::upper_bound(labels_, address, {}, &Label::low);
    if (after == labels_.begin()) return std::nullopt;
    const std::uint64_t low = std::prev(after)->low;
    if (which == Labels::outside_of_sized && sized_at(low)) return std::nullopt;
    if (address >= end_of_labels(low)) return std::nullopt;
    std::optional<Symbol> chosen;
    const auto first = after - std::min<std::ptrdiff_t>(after - labels_.begin(), kMaxOverlaps);
    for (auto each = after; each != first && std::prev(each)->low == low; --each) {
        const Label& label = *std::prev(each);
        if (address < end_of_section(label)) prefer(chosen, entries_->symbol(label.index));
    }
    return chosen;
}

std::uint64_t SymbolAddressIndex::unchanged_until(std::uint64_t address) {
    std::uint64_t until = UINT64_MAX;
    const auto stop_at = [&](std::uint64_t boundary) {
        if (boundary > address) until = std::min(until, boundary);
    };
    std::uint32_t number = sized_.count_up_to(address, extents());
    if (number < sized_.size()) stop_at(sized_.at(number, extents()).low);
    for (int tries = 0; number-- != 0; ++tries) {
        const auto& each = sized_.at(number, extents());
        if (address >= each.highest) break;
        if (tries == kMaxOverlaps) return address + 1;
        stop_at(each.end);
    }
    const auto label = std::ranges::upper_bound(labels_, address, {}, &Label::low);
    if (label != labels_.end()) stop_at(label->low);
    if (label == labels_.begin()) return until;
    const std::uint64_t low = std::prev(label)->low;
    stop_at(end_of_labels(low));
    const auto first = label - std::min<std::ptrdiff_t>(label - labels_.begin(), kMaxOverlaps);
    for (auto at = label; at != first && std::prev(at)->low == low; --at) {
        stop_at(end_of_section(*std::prev(at)));
    }
    return until;
}

void SymbolAddressIndex::add_boundaries(std::vector<std::uint64_t>& found) {
    for (std::uint32_t number = 0; number < sized_.size(); ++number) {
        const auto& each = sized_.at(number, extents());
        found.push_back(each.low);
        found.push_back(each.end);
    }
    std::optional<std::uint64_t> low;
    std::uint64_t end = 0;
    for (const Label& each : labels_) {
        if (std::exchange(low, each.low) != each.low) end = end_of_labels(each.low);
        found.push_back(each.low);
        found.push_back(std::min(end, end_of_section(each)));
    }
}

}  // namespace symline::elf
