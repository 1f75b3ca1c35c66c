#include "elf/symbol_name_index.h"

#include <string.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include "elf/lto_suffix.h"

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
    return entries_at(offsets_of(name));
}

/// The entries whose names begin at one of these offsets, which are in order.
std::vector<Symbol> SymbolNameIndex::entries_at(const std::vector<std::uint64_t>& offsets) const {
    std::vector<Symbol> found;
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

std::vector<Symbol> SymbolNameIndex::find_cut(std::string_view name) {
    std::vector<Symbol> found;
    if (name.empty()) return found;
    if (cut_scans_ < kMaxScans) {
        ++cut_scans_;
        found = entries_at(offsets_of_cut(name));
    } else {
        build_cut();
        const std::uint32_t hash = hash_of(name);
        for (const Hashed& each : std::ranges::equal_range(hashed_cut_, hash, {}, &Hashed::hash)) {
            if (!is_cut_from(name, entries_->name_of(entries_->entry(each.index)))) continue;
            found.push_back(entries_->symbol(each.index));
        }
    }
    std::erase_if(found, [](const Symbol& each) {
        return each.type != SymbolType::function || !each.section;
    });
    return found;
}

void SymbolNameIndex::build_cut() {
    if (std::exchange(cut_built_, true)) return;
    for (std::uint32_t i = 0; i < entries_->size(); ++i) {
        for_each_cut(entries_->name_of(entries_->entry(i)),
                     [&](std::string_view cut) { hashed_cut_.push_back({hash_of(cut), i}); });
    }
    std::ranges::sort(hashed_cut_);
}

/// Where a name stands in the string table that may be cut to `name`.
std::vector<std::uint64_t> SymbolNameIndex::offsets_of_cut(std::string_view name) const {
    std::vector<std::uint64_t> offsets;
    const std::string_view text = entries_->strings();
    const std::string wanted = std::string(name) + '.';
    for (std::size_t at = 0; at < text.size(); ++at) {
        const void* found =
            ::memmem(text.data() + at, text.size() - at, wanted.data(), wanted.size());
        if (found == nullptr) break;
        at = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
        const auto whole = text.substr(at, text.substr(at).find('\0'));
        if (is_cut_from(name, entries_->plain_name(whole))) offsets.push_back(at);
    }
    return offsets;
}

}  // namespace symline::elf
