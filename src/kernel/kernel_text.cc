#include "kernel/kernel_text.h"

#include <algorithm>
#include <utility>

#include "base/text_words.h"
#include "elf/lto_suffix.h"

namespace symline::kernel {
Kallsyms::Kallsyms(std::string text) : text_(std::move(text)) {
    if (text_.size() > UINT32_MAX) text_.resize(UINT32_MAX);
    base::for_each_line(text_, [this](std::string_view line) { add(line); });
    std::ranges::stable_sort(entries_, {}, &Entry::address);
    by_name_.resize(entries_.size());
    for (std::uint32_t i = 0; i < by_name_.size(); ++i) by_name_[i] = i;
    std::ranges::stable_sort(by_name_, {}, [this](std::uint32_t i) { return name(entries_[i]); });
}

void Kallsyms::add(std::string_view line) {
    const auto address = base::number(base::take_word(line), 16);
    const auto type = base::take_word(line);
    const auto symbol = base::take_word(line);
    // "A" is an absolute symbol, no place; per-CPU ones stand near 0.
    if (!address || *address == 0 || type.size() != 1 || symbol.empty()) return;
    if (type == "A" || type == "a") return;
    auto owner = base::take_word(line);
    if (owner.size() < 3 || owner.front() != '[' || owner.back() != ']') owner = {};
    if (!owner.empty() && owner.data() != symbol.data() + symbol.size() + 1) owner = {};
    const auto size = owner.empty() ? 0 : owner.size() - 2;
    entries_.push_back({*address, static_cast<std::uint32_t>(symbol.data() - text_.data()),
                        static_cast<std::uint32_t>(symbol.size()),
                        static_cast<std::uint32_t>(size)});
}

std::string_view Kallsyms::name(const Entry& entry) const {
    return std::string_view(text_).substr(entry.name, entry.name_size);
}

std::string_view Kallsyms::module(const Entry& entry) const {
    return std::string_view(text_).substr(entry.name + entry.name_size + 2, entry.module_size);
}

std::optional<KallsymsPlace> Kallsyms::at(RuntimeAddress address) const {
    const auto after = std::ranges::upper_bound(entries_, address.value, {}, &Entry::address);
    if (after == entries_.begin()) return std::nullopt;
    // Of several symbols at one address any leads to the same place.
    const Entry& entry = *(after - 1);
    const auto owner = entry.module_size == 0 ? std::string_view{} : module(entry);
    return KallsymsPlace{name(entry), owner, address.value - entry.address};
}

std::vector<KallsymsPlace> Kallsyms::module_before(RuntimeAddress address) const {
    constexpr std::size_t kMax = 64;
    std::vector<KallsymsPlace> found;
    auto at = std::ranges::upper_bound(entries_, address.value, {}, &Entry::address);
    while (at != entries_.begin() && found.size() < kMax) {
        const Entry& entry = *--at;
        if (entry.module_size == 0) break;
        const auto owner = module(entry);
        if (!found.empty() && owner != found.front().module) break;
        found.push_back({name(entry), owner, address.value - entry.address});
    }
    return found;
}

std::optional<RuntimeAddress> Kallsyms::address_of(std::string_view wanted) const {
    const auto by_name = [this](std::uint32_t i) { return name(entries_[i]); };
    for (const auto i : std::ranges::equal_range(by_name_, wanted, {}, by_name)) {
        if (entries_[i].module_size == 0) return RuntimeAddress{entries_[i].address};
    }
    return std::nullopt;
}

std::optional<std::string_view> Kallsyms::only_module(
    std::span<const std::uint32_t> symbols) const {
    std::optional<std::string_view> owner;
    for (const auto i : symbols) {
        if (entries_[i].module_size == 0) continue;
        if (owner && *owner != module(entries_[i])) return std::nullopt;
        owner = module(entries_[i]);
    }
    return owner;
}

std::optional<std::string_view> Kallsyms::module_with(std::string_view wanted) const {
    const auto by_name = [this](std::uint32_t i) { return name(entries_[i]); };
    const auto whole = std::ranges::equal_range(by_name_, wanted, {}, by_name);
    if (!whole.empty()) return only_module(whole);
    // The kernel's messages cut names that this list has whole: "local_op" for "local_op.llvm.94".
    const std::string start = std::string(wanted) + '.';
    std::vector<std::uint32_t> cut;
    for (auto at = std::ranges::lower_bound(by_name_, start, {}, by_name);
         at != by_name_.end() && by_name(*at).starts_with(start); ++at) {
        if (elf::is_cut_from(wanted, by_name(*at))) cut.push_back(*at);
    }
    return only_module(cut);
}

}  // namespace symline::kernel
