#include "elf/symbol_name_index.h"

#include <string.h>

#include <algorithm>
#include <functional>

namespace symline::elf {
namespace {

std::uint32_t hash_of(std::string_view name) {
    return static_cast<std::uint32_t>(std::hash<std::string_view>{}(name));
}

}  // namespace

std::vector<Symbol> SymbolNameIndex::find(std::string_view name) {
    if (name.empty()) return {};
    if (scans_ < kMaxScans) {
        ++scans_;
        return scan(name);
    }
    build();
    std::vector<Symbol> found;
    const std::uint32_t hash = hash_of(entries_->plain_name(name));
    for (const Hashed& each : std::ranges::equal_range(hashed_, hash, {}, &Hashed::hash)) {
        const std::string_view whole = entries_->whole_name(entries_->entry(each.index));
        if (whole == name || entries_->plain_name(whole) == name) {
            found.push_back(entries_->symbol(each.index));
        }
    }
    return found;
}

void SymbolNameIndex::build() {
    if (!hashed_.empty()) return;
    hashed_.reserve(entries_->size());
    for (std::uint32_t i = 0; i < entries_->size(); ++i) {
        hashed_.push_back({hash_of(entries_->name_of(entries_->entry(i))), i});
    }
    std::ranges::sort(hashed_);
}

/// Where `name` stands in the string table, as a whole string or as the end of a longer one
/// (linkers let strings share their ends).
std::vector<std::uint64_t> SymbolNameIndex::offsets_of(std::string_view name) const {
    std::vector<std::uint64_t> offsets;
    const std::string_view text = entries_->strings();
    const bool any_version = entries_->versioned() && !name.contains('@');
    for (std::size_t at = 0; at < text.size();) {
        const void* found = ::memmem(text.data() + at, text.size() - at, name.data(), name.size());
        if (found == nullptr) break;
        at = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
        const std::size_t end = at + name.size();
        if (end == text.size()) break;
        if (text[end] == '\0' || (any_version && text[end] == '@')) offsets.push_back(at);
        ++at;
    }
    return offsets;
}

std::vector<Symbol> SymbolNameIndex::scan(std::string_view name) const {
    std::vector<Symbol> found;
    const auto offsets = offsets_of(name);
    if (offsets.empty()) return found;
    const auto collect = [&](auto stride, auto big) {
        const std::uint64_t first = offsets.front(), reach = offsets.back() - first;
        const auto* at = entries_->data();
        for (std::uint32_t i = 0, count = entries_->size(); i < count; ++i, at += stride()) {
            const std::uint64_t offset = base::load<std::uint32_t>(at, big());
            // Nearly all names are outside of this interval.
            if (offset - first > reach) continue;
            if (std::ranges::binary_search(offsets, offset)) found.push_back(entries_->symbol(i));
        }
    };
    entries_->in_form(collect);
    return found;
}

}  // namespace symline::elf
